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
