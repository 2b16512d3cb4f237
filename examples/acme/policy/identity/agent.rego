package policy.identity

# METADATA
# title: Agent is registered
# description: Only agents that stand in the directory may act, however valid their credential is.
# custom:
#   owner: identity-team
#   reason: agent_unregistered
#   message: This agent is not registered at Acme, so nothing it asks for is allowed.
#   remediation: register_the_agent
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.16]
deny contains "agent_unregistered" if not data.policy.identity.agents[input.agent.id]

# METADATA
# title: Agent is not disabled
# description: An agent that was switched off in the directory may not act.
# custom:
#   owner: identity-team
#   reason: agent_disabled
#   message: This agent has been switched off. Ask its owner team which agent took its place.
#   remediation: use_an_active_agent
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.18]
deny contains "agent_disabled" if data.policy.identity.agents[input.agent.id].status == "disabled"

# METADATA
# title: Agent runs a registered version
# description: >-
#   Where the directory lists versions of an agent, only those may act. A credential that names no version is left to
#   the rule agent_version_missing.
# custom:
#   owner: identity-team
#   reason: agent_version_not_registered
#   message: This version of the agent is not registered. Only the versions that its team has released may act.
#   remediation: deploy_a_registered_version
#   appeal_path: https://tickets.example/identity
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.8.32]
deny contains "agent_version_not_registered" if {
	versions := data.policy.identity.agents[input.agent.id].versions
	count(versions) > 0
	input.agent.version != "unknown"
	not input.agent.version in versions
}

# METADATA
# title: Credential names the agent's version
# description: A credential should say which version of the agent acts. Watched, to see who would be refused.
# custom:
#   owner: identity-team
#   reason: agent_version_missing
#   message: The credential does not say which version of the agent acts.
#   remediation: name_the_version_in_the_credential
#   appeal_path: https://tickets.example/identity
#   severity: low
#   mode: watch
deny contains "agent_version_missing" if {
	count(data.policy.identity.agents[input.agent.id].versions) > 0
	input.agent.version == "unknown"
}
