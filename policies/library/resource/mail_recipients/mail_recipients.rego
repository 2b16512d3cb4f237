package policy.resource

# METADATA
# title: Mail stays in the listed domains
# description: Every recipient is a bare address of a listed domain.
# custom:
#   owner: library
#   reason: recipient_outside_company
#   message: At least one recipient is not a bare address of a domain that may be written to.
#   remediation: write_to_a_colleague
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP10, LLM02, GDPR-5]
deny contains "mail_recipients" if {
	some recipient in mail_recipients_texts
	not mail_recipients_inside(recipient)
}

deny contains "mail_recipients" if mail_recipients_unreadable

deny contains "mail_recipients" if not mail_recipients_configured

# Texts of the arguments that the configuration names, alone or in a list.
mail_recipients_texts contains text if {
	mail_recipients_concerned
	some name in data.policy.resource.library.mail_recipients.arguments
	text := input.action.args[name]
	is_string(text)
}

mail_recipients_texts contains text if {
	mail_recipients_concerned
	some name in data.policy.resource.library.mail_recipients.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
mail_recipients_unreadable if {
	mail_recipients_concerned
	some name in data.policy.resource.library.mail_recipients.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

mail_recipients_unreadable if {
	mail_recipients_concerned
	some name in data.policy.resource.library.mail_recipients.arguments
	some element in input.action.args[name]
	not is_string(element)
}

mail_recipients_inside(recipient) if {
	regex.match(`^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$`, recipient)
	some domain in data.policy.resource.library.mail_recipients.domains
	endswith(lower(recipient), concat("", ["@", domain]))
}

mail_recipients_concerned if {
	"external" in input.action.effects
	not input.action.tool in data.policy.resource.library.mail_recipients.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
mail_recipients_configured if {
	is_array(data.policy.resource.library.mail_recipients.arguments)
	is_array(data.policy.resource.library.mail_recipients.domains)
	is_array(data.policy.resource.library.mail_recipients.exempt_tools)
}
