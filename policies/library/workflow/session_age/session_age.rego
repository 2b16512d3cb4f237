package policy.workflow

# METADATA
# title: Sessions do not last for ever
# description: A session is at most so old.
# custom:
#   owner: library
#   reason: session_too_old
#   message: This session is too old. Sign in again and begin a new one.
#   remediation: start_a_new_conversation
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI03, OWASP-MCP01, OWASP-MCP07, OWASP-ASI06]
deny contains "session_age" if not session_age_within

session_age_within if {
	limits := data.policy.workflow.library.session_age.max_seconds
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	input.context.session_age_seconds <= limit
}
