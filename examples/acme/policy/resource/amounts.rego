package policy.resource

# METADATA
# title: Amounts stay within the tool's limit
# description: Each tool that moves money has a largest amount, in cents, that an agent may move in one call.
# custom:
#   owner: platform
#   reason: amount_over_limit
#   message: This amount is more than an agent may move at once. A person in finance can do it instead.
#   remediation: ask_finance_to_do_it
#   appeal_path: https://tickets.example/finance
#   severity: high
#   overridable: true
#   controls: [SOX-404]
deny contains "amount_over_limit" if {
	is_number(input.action.args.amount_cents)
	input.action.args.amount_cents > data.policy.resource.amounts[input.action.tool]
}

# METADATA
# title: Amounts are positive numbers of cents
# description: >-
#   A missing amount, one that is not a number, and one below a cent cannot be judged and are refused. A negative one
#   would move the money the other way.
# custom:
#   owner: platform
#   reason: amount_unusable
#   message: The amount has to be given in cents, as a number of at least 1.
#   remediation: correct_the_arguments
#   severity: high
#   controls: [SOX-404]
deny contains "amount_unusable" if {
	data.policy.resource.amounts[input.action.tool]
	not is_number(object.get(input.action.args, "amount_cents", "missing"))
}

deny contains "amount_unusable" if {
	data.policy.resource.amounts[input.action.tool]
	is_number(input.action.args.amount_cents)
	input.action.args.amount_cents < 1
}
