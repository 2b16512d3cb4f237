package policy.identity

# What the agent may reach: servers, tools, resources, prompts, models, subagents and data classes. Undefined, and so
# nothing at all, for an agent that is not registered or was switched off.
capabilities := own_reach if count(input.agent.chain) == 0

# An agent that was handed a task reaches only what every agent before it in the chain may reach as well.
capabilities := {kind: shared_reach(kind, entries) | some kind, entries in own_reach} if count(input.agent.chain) > 0

own_reach := reach_of(input.agent.id)

# Undefined for an agent that is not registered or was switched off, so that a chain with one reaches nothing.
reach_of(agent) := data.policy.identity.reach[registered.scope] if {
	registered := data.policy.identity.agents[agent]
	registered.status == "active"
}

# An entry of any link is shared when every link covers it: of two entries that overlap one always covers the other.
shared_reach(kind, own) := {entry |
	some entry in array.concat(own, [theirs | theirs := delegators_reach[_][kind][_]])
	covered(own, entry)
	every agent in input.agent.chain { covered(delegators_reach[agent][kind], entry) }
}

delegators_reach[agent] := reach_of(agent) if some agent in input.agent.chain

covered(patterns, entry) if {
	some pattern in patterns
	covers(pattern, entry)
}

covers(pattern, entry) if pattern == entry

# Compared without the stars: `crm.**` names what begins with `crm.*`, which is less than `crm.*` does.
covers(pattern, entry) if {
	endswith(pattern, "*")
	startswith(trim_suffix(entry, "*"), trim_suffix(pattern, "*"))
}
