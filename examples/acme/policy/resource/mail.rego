package policy.resource

# METADATA
# title: Mail stays in the company
# description: Agents write to addresses of the company only. Letters' case does not matter.
# custom:
#   owner: platform
#   reason: recipient_outside_company
#   message: At least one recipient is outside the company. Agents may only write to colleagues.
#   remediation: write_to_a_colleague
#   appeal_path: https://tickets.example/platform
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.5.14]
deny contains "recipient_outside_company" if {
	some recipient in recipients
	not company_address(recipient)
}

# METADATA
# title: Recipients are plain addresses
# description: >-
#   Recipients are a list of at least one bare address each. Display names, several addresses in one text and control
#   characters are refused, because the mail system might read them differently.
# custom:
#   owner: platform
#   reason: recipient_unusable
#   message: Give the recipients as a list of bare mail addresses, at least one.
#   remediation: correct_the_arguments
#   severity: high
deny contains "recipient_unusable" if {
	input.action.tool == "crm.send_email"
	not is_array(object.get(input.action.args, "to", null))
}

deny contains "recipient_unusable" if {
	input.action.tool == "crm.send_email"
	object.get(input.action.args, "to", []) == []
}

deny contains "recipient_unusable" if {
	input.action.tool == "crm.send_email"
	some recipient in input.action.args.to
	not is_string(recipient)
}

deny contains "recipient_unusable" if {
	some recipient in recipients
	not regex.match(`^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$`, recipient)
}

recipients contains recipient if {
	input.action.tool == "crm.send_email"
	some recipient in input.action.args.to
	is_string(recipient)
}

company_address(recipient) if {
	some domain in data.policy.resource.mail_domains
	endswith(lower(recipient), domain)
}
