package policy.resource

# METADATA
# title: Larger amounts are asked for
# description: An amount above the threshold of its argument needs a person's approval.
# custom:
#   owner: library
#   reason: amount_needs_approval
#   message: An amount of this size needs a person's approval.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI09, OWASP-ASI02, LLM06, EU-AI-ACT-14, SOX-404]
require_approval contains "money_four_eyes" if {
	money_four_eyes_moves
	some name, threshold in data.policy.resource.library.money_four_eyes.above
	amount := input.action.args[name]
	is_number(amount)
	not money_four_eyes_small(amount, threshold)
}

require_approval contains "money_four_eyes" if not money_four_eyes_configured

# METADATA
# title: Amounts are numbers
# description: An amount is a number of at least zero, and a listed tool is given one.
# custom:
#   owner: library
#   reason: amount_unusable
#   message: Give the amount as a number.
#   remediation: correct_the_arguments
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI09, OWASP-ASI02, LLM06, EU-AI-ACT-14, SOX-404]
deny contains "money_four_eyes_unusable" if {
	money_four_eyes_moves
	some name, _ in data.policy.resource.library.money_four_eyes.above
	amount := input.action.args[name]
	not money_four_eyes_is_amount(amount)
}

deny contains "money_four_eyes_unusable" if {
	name := data.policy.resource.library.money_four_eyes.tools[input.action.tool]
	not money_four_eyes_is_amount(object.get(input.action.args, name, null))
}

deny contains "money_four_eyes_unusable" if not money_four_eyes_configured

money_four_eyes_moves if {
	some effect in input.action.effects
	effect in data.policy.resource.library.money_four_eyes.effects
}

money_four_eyes_small(amount, threshold) if {
	is_number(threshold)
	amount <= threshold
}

money_four_eyes_is_amount(amount) if {
	is_number(amount)
	amount >= 0
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
money_four_eyes_configured if {
	is_object(data.policy.resource.library.money_four_eyes.above)
	is_object(data.policy.resource.library.money_four_eyes.tools)
	is_array(data.policy.resource.library.money_four_eyes.effects)
}
