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

# METADATA
# title: Chains of delegation do not turn back
# description: No agent is handed a task that it handed on itself, and none stands in the chain twice.
# custom:
#   owner: identity-team
#   reason: delegation_loop
#   message: This task came back to an agent that had handed it on. Let one agent finish it.
#   remediation: shorten_the_chain_of_delegation
#   appeal_path: https://tickets.example/identity
#   severity: high
deny contains "delegation_loop" if input.agent.id in input.agent.chain

deny contains "delegation_loop" if count({agent | some agent in input.agent.chain}) < count(input.agent.chain)

# METADATA
# title: Chains of delegation are short
# description: A task may be handed on only so often, so that somebody can still say who asked for it.
# custom:
#   owner: identity-team
#   reason: delegation_too_deep
#   message: This task was handed from agent to agent too often. Ask the last agent directly.
#   remediation: shorten_the_chain_of_delegation
#   appeal_path: https://tickets.example/identity
#   severity: medium
#   overridable: true
deny contains "delegation_too_deep" if count(input.agent.chain) > data.policy.identity.delegation_depth_max
