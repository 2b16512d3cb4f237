package policy.identity

# METADATA
# title: Chains of delegation are short
# description: A task may be handed on only so often.
# custom:
#   owner: library
#   reason: delegation_too_deep
#   message: This task was handed from agent to agent too often. Ask the last agent directly.
#   remediation: shorten_the_chain_of_delegation
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI07, OWASP-ASI08, OWASP-ASI03]
deny contains "delegation_depth" if not delegation_depth_within

# METADATA
# title: Chains of delegation do not turn back
# description: No agent is handed a task that it handed on itself, and none stands in the chain twice.
# custom:
#   owner: library
#   reason: delegation_loop
#   message: This task came back to an agent that had handed it on. Let one agent finish it.
#   remediation: shorten_the_chain_of_delegation
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI07, OWASP-ASI08, OWASP-ASI03]
deny contains "delegation_depth_loop" if input.agent.id in input.agent.chain

deny contains "delegation_depth_loop" if {
	some first, agent in input.agent.chain
	some second, other in input.agent.chain
	first < second
	agent == other
}

delegation_depth_within if {
	limits := data.policy.identity.library.delegation_depth.max
	limit := object.get(limits, input.agent.scope, limits.default)
	is_number(limit)
	count(input.agent.chain) <= limit
}
