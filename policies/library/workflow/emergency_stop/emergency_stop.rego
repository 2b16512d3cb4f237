package policy.workflow

# METADATA
# title: Agents can be stopped
# description: >-
#   While one of the listed flags is set, or the agent, one that delegated to it, its scope or its team is
#   stopped, every call is refused.
# custom:
#   owner: library
#   reason: agents_stopped
#   message: Agents were stopped by an operator.
#   remediation: ask_the_operators
#   severity: critical
#   overridable: false
#   controls: [OWASP-ASI10, OWASP-ASI08, EU-AI-ACT-14, EU-AI-ACT-26, EU-AI-ACT-9]
deny contains "emergency_stop" if {
	some flag in data.policy.workflow.library.emergency_stop.flags
	object.get(input.environment.flags, flag, false)
}

deny contains "emergency_stop" if {
	input.agent.id in data.policy.workflow.library.emergency_stop.agents
}

deny contains "emergency_stop" if {
	some agent in input.agent.chain
	agent in data.policy.workflow.library.emergency_stop.agents
}

deny contains "emergency_stop" if {
	input.agent.scope in data.policy.workflow.library.emergency_stop.scopes
}

deny contains "emergency_stop" if {
	input.agent.owner_team in data.policy.workflow.library.emergency_stop.teams
}

deny contains "emergency_stop" if not emergency_stop_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
emergency_stop_configured if {
	is_array(data.policy.workflow.library.emergency_stop.flags)
	is_array(data.policy.workflow.library.emergency_stop.agents)
	is_array(data.policy.workflow.library.emergency_stop.scopes)
	is_array(data.policy.workflow.library.emergency_stop.teams)
}
