package subagents.planner

# METADATA
# title: The planner is told what it knows
# description: A task for the planner has no arguments but those that it was reviewed with.
# custom:
#   owner: cx-platform
#   reason: subagent_argument_unknown
#   message: The planner was not reviewed with an argument of this name.
#   remediation: leave_the_argument_out
#   severity: medium
deny contains "argument_unknown" if {
	some name, _ in input.action.args
	not name in data.subagents.planner.arguments
}
