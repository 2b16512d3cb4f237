package subagents.refund_bot

# METADATA
# title: Refunds of the refund agent are small
# description: The refund agent is asked for a number of cents, more than none and no more than its limit.
# custom:
#   owner: finance
#   reason: subagent_amount_over_limit
#   message: The refund agent makes small refunds only.
#   remediation: ask_finance_to_do_it
#   appeal_path: https://tickets.example/finance
#   severity: high
#   controls: [SOX-404]
deny contains "amount" if not amount_within_limit

# METADATA
# title: The refund agent is told what it knows
# description: A task for the refund agent has no arguments but those that it was reviewed with.
# custom:
#   owner: finance
#   reason: subagent_argument_unknown
#   message: The refund agent was not reviewed with an argument of this name.
#   remediation: leave_the_argument_out
#   severity: medium
deny contains "argument_unknown" if {
	some name, _ in input.action.args
	not name in data.subagents.refund_bot.arguments
}

# METADATA
# title: The refund agent destroys nothing
# description: >-
#   The refund agent was reviewed as one that reads and writes. Where the catalogue says that it does more, it waits for
#   another review.
# custom:
#   owner: finance
#   reason: subagent_effect_not_reviewed
#   message: This agent does more than it was reviewed for.
#   remediation: have_the_subagent_reviewed
#   appeal_path: https://tickets.example/finance
#   severity: critical
#   controls: [SOX-404]
deny contains "effect" if {
	some effect in input.action.effects
	not effect in data.subagents.refund_bot.effects
	input.action.phase != "list"
}

# METADATA
# title: Task within limits
# description: The refund is small enough for the refund agent.
# custom:
#   owner: finance
#   reason: subagent_task_within_limit
#   message: The refund is small enough for the refund agent.
affirm contains "within_limit" if amount_within_limit

amount_within_limit if {
	is_number(input.action.args.amount_cents)
	input.action.args.amount_cents > 0
	input.action.args.amount_cents <= data.subagents.refund_bot.amount_max_cents
}
