package policy.workflow

# METADATA
# title: Most of a budget is asked for
# description: >-
#   Where at least the set share of a budget is used or reserved, or a required budget is missing, a call
#   needs a person's approval.
# custom:
#   owner: library
#   reason: budget_nearly_used
#   message: Most of a budget is used, so a person has to approve what is still to be spent.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [LLM10, OWASP-ASI08, EU-AI-ACT-14, OWASP-ASI10]
require_approval contains "budget_share" if {
	some key, budget in input.usage
	not key in data.policy.workflow.library.budget_share.exempt
	not budget_share_below(budget)
}

require_approval contains "budget_share" if {
	some key in data.policy.workflow.library.budget_share.required
	not input.usage[key]
}

require_approval contains "budget_share" if not budget_share_configured

budget_share_below(budget) if {
	(budget.used + budget.reserved) * 100 < budget.limit * data.policy.workflow.library.budget_share.percent
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
budget_share_configured if {
	is_number(data.policy.workflow.library.budget_share.percent)
	is_array(data.policy.workflow.library.budget_share.exempt)
	is_array(data.policy.workflow.library.budget_share.required)
}
