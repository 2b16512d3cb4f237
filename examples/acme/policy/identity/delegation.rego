package policy.identity

# METADATA
# title: Delegating agents are registered
# description: Every agent in the chain of delegation stands in the directory.
# custom:
#   owner: identity-team
#   reason: delegation_unregistered
#   message: One of the agents that handed this task on is not registered at Acme.
#   remediation: register_the_agent
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.16]
deny contains "delegation_unregistered" if {
	some agent in input.agent.chain
	not data.policy.identity.agents[agent]
}

# METADATA
# title: Delegating agents are not disabled
# description: No agent in the chain of delegation was switched off.
# custom:
#   owner: identity-team
#   reason: delegation_disabled
#   message: One of the agents that handed this task on has been switched off.
#   remediation: use_an_active_agent
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.18]
deny contains "delegation_disabled" if {
	some agent in input.agent.chain
	data.policy.identity.agents[agent].status == "disabled"
}
