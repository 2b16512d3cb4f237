package policy.identity

# METADATA
# title: Agents are registered
# description: An agent without a scope or an owner team is refused.
# custom:
#   owner: library
#   reason: agent_unregistered
#   message: This agent is not registered, so it may not act.
#   remediation: register_the_agent
#   severity: critical
#   overridable: false
#   controls: [OWASP-ASI10, OWASP-ASI03, OWASP-MCP09, EU-AI-ACT-26]
deny contains "registered_agents" if {
	input.agent.scope in data.policy.identity.library.registered_agents.unknown
}

deny contains "registered_agents" if {
	input.agent.owner_team in data.policy.identity.library.registered_agents.unknown
}

deny contains "registered_agents" if not registered_agents_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
registered_agents_configured if {
	is_array(data.policy.identity.library.registered_agents.unknown)
}
