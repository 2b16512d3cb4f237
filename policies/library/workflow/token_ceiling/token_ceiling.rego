package policy.workflow

# METADATA
# title: Conversations have a ceiling of tokens
# description: A conversation uses at most so many tokens.
# custom:
#   owner: library
#   reason: token_ceiling_reached
#   message: This conversation has used up its tokens. Begin a new one with only what is still needed.
#   remediation: start_a_new_conversation
#   severity: medium
#   overridable: true
#   controls: [LLM10, OWASP-ASI08, OWASP-ASI10]
deny contains "token_ceiling" if not token_ceiling_within

token_ceiling_within if {
	limits := data.policy.workflow.library.token_ceiling.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.context.cumulative_tokens <= limit
}
