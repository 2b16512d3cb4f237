package policy.workflow

# METADATA
# title: Agents pause between tool calls
# description: An agent calls at most so many tools in a row.
# custom:
#   owner: library
#   reason: too_many_calls_in_a_row
#   message: >-
#     The agent has called too many tools in a row. It should stop and report what it has found so far.
#   remediation: report_to_the_user
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI08, OWASP-ASI10, LLM10, LLM06]
deny contains "calls_in_a_row" if not calls_in_a_row_within

calls_in_a_row_within if {
	limits := data.policy.workflow.library.calls_in_a_row.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.context.tool_calls_in_a_row <= limit
}
