package policy.resource

# METADATA
# title: Mail has recipients
# description: Recipients are a list of at least one. What each of them may be is said by `mail_recipients` of the library.
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
