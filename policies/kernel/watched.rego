package bailiff

# METADATA
# title: Watched
# description: What rules in mode `watch` would have said, and those in mode `canary` to whoever is outside it. A document of its own, so that whatever they do cannot touch a decision.
# entrypoint: true
watched := {"rules": [quoted(id, would_match[id]) | some id in by_weight(would_match)]}

# METADATA
# title: Decision and watched
# description: >-
#   Both in one evaluation, which costs little more than the decision. A watched rule that fails takes the decision with it here,
#   so whoever asks for this asks for the decision alone then.
# entrypoint: true
decision_and_watched := {"decision": decision, "watched": watched}

# METADATA
# description: Full id of every sound watched rule to its kind, the slot it would fill and its catalogue entry. What is not sound is left out.
would_match[id] := {"kind": kind, "slot": slot, "entry": entry} if {
	count(input_failures) == 0
	some [kind, source, value] in raw_watched
	local := id_of(kind, value)
	entry := entry_of(source, local)
	usable(entry, kind, "watch")
	slot := slot_filled(kind, source)
	id := concat(".", array.concat(source, [local]))
}

would_match[rule.id] := {"kind": rule.kind, "slot": rule.slot, "entry": rule.entry} if {
	count(input_failures) == 0
	some [source, id] in canary_watched
	some value in elements(said_in_canary(source, id))
	rule := judge_in_canary(source, id, value)
	rule.sound
}

# METADATA
# description: What watched rules of the bundles that speak for this call say, as `raw` has it for the others.
# scope: document
raw_watched contains ["deny", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].watched_deny)
}

raw_watched contains ["require_approval", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].watched_require_approval)
}

raw_watched contains ["allow", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].watched_allow)
}

raw_watched contains ["affirm", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].watched_affirm)
}

raw_watched contains ["oblige", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].watched_oblige)
}

raw_watched contains ["deny", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].watched_deny)
}

raw_watched contains ["require_approval", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].watched_require_approval)
}

raw_watched contains ["allow", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].watched_allow)
}

raw_watched contains ["affirm", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].watched_affirm)
}

raw_watched contains ["oblige", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].watched_oblige)
}

raw_watched contains ["deny", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].watched_deny)
}

raw_watched contains ["require_approval", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].watched_require_approval)
}

raw_watched contains ["allow", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].watched_allow)
}

raw_watched contains ["affirm", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].watched_affirm)
}

raw_watched contains ["oblige", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].watched_oblige)
}

raw_watched contains ["deny", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].watched_deny)
}

raw_watched contains ["require_approval", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].watched_require_approval)
}

raw_watched contains ["allow", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].watched_allow)
}

raw_watched contains ["affirm", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].watched_affirm)
}

raw_watched contains ["oblige", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].watched_oblige)
}
