package policy.resource

# METADATA
# title: Large refunds are for people
# description: A tool that gives money back is given an amount, as a number up to the limit.
# custom:
#   owner: library
#   reason: refund_over_limit
#   message: >-
#     This refund is more than an agent may give, or its amount is not given as a number. A person in
#     finance can do it.
#   remediation: ask_finance_to_do_it
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, SOX-404]
deny contains "refund_limit" if {
	refund_limit_refunds
	not refund_limit_given
}

deny contains "refund_limit" if {
	refund_limit_refunds
	some name in data.policy.resource.library.refund_limit.arguments
	amount := input.action.args[name]
	not refund_limit_within(name, amount)
}

deny contains "refund_limit" if not refund_limit_configured

refund_limit_refunds if {
	some part in data.policy.resource.library.refund_limit.name_parts
	contains(lower(input.action.tool_name), part)
}

refund_limit_given if {
	some name in data.policy.resource.library.refund_limit.arguments
	is_number(input.action.args[name])
}

refund_limit_within(name, amount) if {
	is_number(amount)
	amount >= 0
	is_number(data.policy.resource.library.refund_limit.max[name])
	amount <= data.policy.resource.library.refund_limit.max[name]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
refund_limit_configured if {
	is_array(data.policy.resource.library.refund_limit.name_parts)
	is_array(data.policy.resource.library.refund_limit.arguments)
	is_object(data.policy.resource.library.refund_limit.max)
}
