package policy.workflow

# METADATA
# title: The same call is not repeated for ever
# description: The same call with the same arguments is made at most so often in one conversation.
# custom:
#   owner: library
#   reason: runaway_loop
#   message: >-
#     The agent keeps making the same call. Its answer will not change; use what it said, or try something
#     else.
#   remediation: use_the_earlier_answer
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI08, LLM10, OWASP-ASI02]
deny contains "identical_calls" if not identical_calls_within

identical_calls_within if {
	limits := data.policy.workflow.library.identical_calls.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.context.identical_calls <= limit
}
