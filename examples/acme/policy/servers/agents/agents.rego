package servers.agents

# METADATA
# title: The runtime works for one user
# description: The agents of this runtime act in the name of one user, so that only calls in that user's name reach them.
# custom:
#   owner: cx-platform
#   reason: runtime_of_another_user
#   message: These agents work in the name of another user.
#   remediation: use_a_runtime_of_your_own
#   severity: critical
deny contains "another_user" if {
	input.action.type in {"subagent_call", "task"}
	input.user.id != data.servers.agents.works_for.user
}

# METADATA
# title: The runtime works for one agent
# description: Whichever of its agents is asked, the first to ask was the agent that this runtime was started for.
# custom:
#   owner: cx-platform
#   reason: runtime_of_another_agent
#   message: These agents work for another agent.
#   remediation: use_a_runtime_of_your_own
#   severity: critical
deny contains "another_agent" if {
	input.action.type in {"subagent_call", "task"}
	first_to_ask != data.servers.agents.works_for.agent
}

first_to_ask := array.concat(input.agent.chain, [input.agent.id])[0]
