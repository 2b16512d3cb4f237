# METADATA
# description: >-
#   Asks the kernel about whole worlds given as data: an input, a release, and what its bundles say. Arrays under the names of
#   rule sets become the sets that rules would have made; everything else stays as it is.
package conformance.laws

# METADATA
# description: What the kernel answers in each of several worlds, in their order.
decisions := [decided(world) | some world in input.worlds]

# METADATA
# description: Which candidates of the input are shown in each of several worlds, in their order.
lists := [listed(world) | some world in input.worlds]

decided(world) := answer if {
	answer := data.bailiff.decision with input as world.input
		with data.release as world.release
		with data.policy as {name: bundle(said) | some name, said in world.policy}
		with data.teams as {team: {name: bundle(said) | some name, said in parts} | some team, parts in world.teams}
		with data.servers as {name: bundle(said) | some name, said in world.servers}
		with data.subagents as {name: bundle(said) | some name, said in world.subagents}
}

listed(world) := answer if {
	answer := data.bailiff.visible with input as world.input
		with data.release as world.release
		with data.policy as {name: bundle(said) | some name, said in world.policy}
		with data.teams as {team: {name: bundle(said) | some name, said in parts} | some team, parts in world.teams}
		with data.servers as {name: bundle(said) | some name, said in world.servers}
		with data.subagents as {name: bundle(said) | some name, said in world.subagents}
}

bundle(said) := {name: as_set(name, value) | some name, value in said}

as_set(name, value) := {element | some element in value} if {
	is_rule_set(name)
	is_array(value)
} else := {id: {element | some element in says} | some id, says in value} if {
	name == "canary_rules"
} else := value

is_rule_set(name) if {
	is_string(name)
	trim_prefix(name, "watched_") in {"deny", "require_approval", "allow", "affirm", "oblige"}
}
