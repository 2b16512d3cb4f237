package servers.crm

# METADATA
# title: Product list is open
# description: The list of products holds nothing confidential, so every agent that reaches the CRM may read it.
# custom:
#   owner: crm-team
#   reason: product_list_open
#   message: The product list is open to every agent.
allow contains "product_list" if {
	input.action.type in {"resource_read", "resource_subscribe"}
	input.action.target.kind == "resource"
	input.action.target.id == "crm://products"
}

# METADATA
# title: A customer is named by number
# description: >-
#   Tools that concern one customer take the customer's number. A missing one, a text or a pattern is refused, because
#   it could mean more than one customer.
# custom:
#   owner: crm-team
#   reason: customer_id_unusable
#   message: Name the customer by the customer number. Search for it first if you do not know it.
#   remediation: correct_the_arguments
#   severity: medium
deny contains "customer_id_unusable" if {
	input.action.tool_name in data.servers.crm.tools_with_customer
	not is_number(object.get(input.action.args, "id", "missing"))
}

# METADATA
# title: Searches are specific
# description: A search for a very short text, or for wildcards alone, would list nearly everybody.
# custom:
#   owner: crm-team
#   reason: search_too_broad
#   message: This search would find nearly everybody. Search for at least three letters of a name, address or city.
#   remediation: search_for_more_letters
#   appeal_path: https://tickets.example/crm
#   severity: medium
#   overridable: true
#   controls: [GDPR-5]
deny contains "search_too_broad" if {
	input.action.tool_name == "search"
	not specific_text
}

# METADATA
# title: Mail goes to few
# description: An agent writes to people, not to lists.
# custom:
#   owner: crm-team
#   reason: too_many_recipients
#   message: This mail has too many recipients. Agents may write to a few people at a time.
#   remediation: write_to_fewer_people
#   appeal_path: https://tickets.example/crm
#   severity: medium
#   overridable: true
deny contains "too_many_recipients" if {
	input.action.tool_name == "send_email"
	count(recipients) > data.servers.crm.recipients_max
}

# METADATA
# title: A person confirms that a customer is deleted
# description: Deleting a customer cannot be undone, so an operations manager looks at each one.
# custom:
#   owner: crm-team
#   reason: deletion_needs_approval
#   message: Deleting a customer cannot be undone. An operations manager has to approve it.
#   remediation: ask_for_approval
#   approvers: [ops-managers]
#   appeal_path: https://tickets.example/crm
#   severity: high
#   controls: [GDPR-17]
require_approval contains "delete_customer" if input.action.tool_name == "delete_customer"

specific_text if {
	is_string(input.action.args.text)
	count(trim(input.action.args.text, "%_* ")) >= data.servers.crm.search_text_min
}

recipients := input.action.args.to if is_array(input.action.args.to)
