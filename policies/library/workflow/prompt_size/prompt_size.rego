package policy.workflow

# METADATA
# title: Single requests stay small
# description: One request is estimated to cost at most so many tokens.
# custom:
#   owner: library
#   reason: request_too_large
#   message: This request is too large. Send only what is needed for the question.
#   remediation: send_less
#   severity: medium
#   overridable: true
#   controls: [LLM10, LLM02, OWASP-MCP10]
deny contains "prompt_size" if not prompt_size_within

prompt_size_within if {
	limits := data.policy.workflow.library.prompt_size.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.action.estimated_tokens <= limit
}
