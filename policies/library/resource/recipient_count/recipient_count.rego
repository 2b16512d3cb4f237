package policy.resource

# METADATA
# title: Mail goes to few
# description: An argument with recipients names at most as many as the limit.
# custom:
#   owner: library
#   reason: too_many_recipients
#   message: This goes to too many people at once. Write to fewer.
#   remediation: write_to_fewer_people
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06]
deny contains "recipient_count" if {
	recipient_count_reaches_out
	some name in data.policy.resource.library.recipient_count.arguments
	recipients := input.action.args[name]
	not is_string(recipients)
	not recipient_count_within(recipients)
}

deny contains "recipient_count" if {
	recipient_count_reaches_out
	some name in data.policy.resource.library.recipient_count.arguments
	recipients := input.action.args[name]
	is_string(recipients)
	regex.match(`[,;]`, recipients)
}

deny contains "recipient_count" if not recipient_count_configured

recipient_count_reaches_out if "external" in input.action.effects

recipient_count_within(recipients) if {
	limits := data.policy.resource.library.recipient_count.max
	limit := object.get(limits, input.action.tool, limits.default)
	is_number(limit)
	is_array(recipients)
	count(recipients) <= limit
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
recipient_count_configured if {
	is_array(data.policy.resource.library.recipient_count.arguments)
	is_object(data.policy.resource.library.recipient_count.max)
	is_number(data.policy.resource.library.recipient_count.max.default)
}
