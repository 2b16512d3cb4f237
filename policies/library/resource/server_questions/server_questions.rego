package policy.resource

# METADATA
# title: Servers ask nothing unless they may
# description: A question of a server is refused unless the server is listed for questions of that kind.
# custom:
#   owner: library
#   reason: server_question_not_allowed
#   message: This server may not ask that.
#   remediation: use_another_server
#   severity: high
#   overridable: true
#   controls: [OWASP-MCP06, OWASP-ASI01, OWASP-ASI09, LLM01, LLM10]
deny contains "server_questions" if {
	input.action.type == "sampling"
	not input.action.server in data.policy.resource.library.server_questions.sampling
}

deny contains "server_questions" if {
	input.action.type == "elicitation"
	not input.action.server in data.policy.resource.library.server_questions.elicitation
}

deny contains "server_questions" if {
	input.action.type == "roots"
	not input.action.server in data.policy.resource.library.server_questions.roots
}

deny contains "server_questions" if not server_questions_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
server_questions_configured if {
	is_array(data.policy.resource.library.server_questions.sampling)
	is_array(data.policy.resource.library.server_questions.elicitation)
	is_array(data.policy.resource.library.server_questions.roots)
}
