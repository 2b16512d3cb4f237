package policy.workflow

# METADATA
# title: Conversations end
# description: A conversation takes at most so many turns.
# custom:
#   owner: library
#   reason: too_many_turns
#   message: This conversation has taken too many turns. Begin a new one, or hand it to a person.
#   remediation: start_a_new_conversation
#   severity: medium
#   overridable: true
#   controls: [LLM10, OWASP-ASI08, OWASP-ASI06]
deny contains "turn_ceiling" if not turn_ceiling_within

turn_ceiling_within if {
	limits := data.policy.workflow.library.turn_ceiling.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.context.turn_count <= limit
}
