package policy.identity

# METADATA
# title: Agents have a version
# description: An agent whose credential names no version is refused.
# custom:
#   owner: library
#   reason: agent_version_missing
#   message: The credential of this agent names no version, so it may not act.
#   remediation: name_the_agents_version
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI04, OWASP-ASI10, OWASP-MCP04, EU-AI-ACT-12]
deny contains "agent_versions" if {
	input.agent.version in {"", "unknown"}
	not input.agent.id in data.policy.identity.library.agent_versions.exempt_agents
}

deny contains "agent_versions" if not agent_versions_configured

# METADATA
# title: Withdrawn versions do not act
# description: A version of an agent that was withdrawn is refused.
# custom:
#   owner: library
#   reason: agent_version_withdrawn
#   message: This version of the agent was withdrawn.
#   remediation: use_an_active_agent
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI04, OWASP-ASI10, OWASP-MCP04, EU-AI-ACT-12]
#   when_missing: silent
deny contains "agent_versions_withdrawn" if {
	input.agent.version in data.policy.identity.library.agent_versions.withdrawn[input.agent.id]
}

deny contains "agent_versions_withdrawn" if not agent_versions_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
agent_versions_configured if {
	is_object(data.policy.identity.library.agent_versions.withdrawn)
	is_array(data.policy.identity.library.agent_versions.exempt_agents)
}
