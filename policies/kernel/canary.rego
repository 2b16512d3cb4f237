package bailiff

# METADATA
# description: >-
#   Rules in mode `canary` of the bundles that speak for this call: the path of the bundle's root, and the rule's own id. The
#   release lists them, so that one without such rules pays nothing for them.
canary_rules contains [source, id] if {
	some name, ids in data.release.canary_rules
	source := speaking_root(name)
	some id in ids
	is_name(id)
}

# METADATA
# description: The path of a bundle's root; undefined where the bundle does not speak for this call.
# scope: document
speaking_root(name) := [name] if name in categories

speaking_root(name) := ["teams", team, category] if {
	some [team, category] in team_parts
	name == concat("/", ["teams", team, category])
}

speaking_root(name) := ["servers", server] if {
	server := input.action.server
	name == concat("/", ["servers", server])
}

speaking_root(name) := ["subagents", subagent] if {
	subagent := input.action.subagent
	name == concat("/", ["subagents", subagent])
}

# METADATA
# description: Those of them that are only watched here. A rule whose canary cannot be read is none of these, so that it is enforced.
canary_watched contains [source, id] if {
	some [source, id] in canary_rules
	canary := entry_of(source, id).canary
	is_canary(canary)
	not in_canary(canary)
}

# METADATA
# description: Whether a value says whose calls a rule decides.
is_canary(canary) if {
	is_number(canary.share)
	canary.share >= 0
	all_strings(canary.teams)
}

# METADATA
# description: Whether the agent is in a canary, the same one as of a release that is on trial. Of an agent that cannot be told, everyone's.
# scope: document
in_canary(canary) if input.agent.owner_team in canary.teams

in_canary(canary) if agent_place < canary.share * places

in_canary(_) if not agent_is_named

# METADATA
# description: Whether the input says which agent acts.
agent_is_named if is_string(input.agent.id)

# METADATA
# description: Where the agent stands among all, from 0 to below `places`. By its id alone, so that whoever is in a small share is in every larger one.
agent_place := place_of(input.agent.id) if agent_is_named

# METADATA
# description: The first twelve digits of the id's SHA-256 in hexadecimal, as a number.
place_of(id) := sum([counted |
	some position, digit in split(substring(crypto.sha256(id), 0, 12), "")
	counted := hexadecimal[digit] * weights[position]
])

# METADATA
# description: How many places there are.
places := 281474976710656

# METADATA
# description: What each of twelve hexadecimal digits counts.
weights := [
	17592186044416, 1099511627776, 68719476736, 4294967296, 268435456, 16777216,
	1048576, 65536, 4096, 256, 16, 1,
]

# METADATA
# description: Hexadecimal digits.
hexadecimal := {
	"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7,
	"8": 8, "9": 9, "a": 10, "b": 11, "c": 12, "d": 13, "e": 14, "f": 15,
}

# METADATA
# description: What a rule in mode `canary` says. Each has a document of its own, so that what fails in one for those outside its canary fails nothing else.
# scope: document
said_in_canary([category], id) := data.policy[category].canary_rules[id]

said_in_canary(["teams", team, category], id) := data.teams[team][category].canary_rules[id]

said_in_canary(["servers", server], id) := data.servers[server].canary_rules[id]

said_in_canary(["subagents", subagent], id) := data.subagents[subagent].canary_rules[id]

# METADATA
# description: Every finding of the rules in whose canary the agent is, after judging it.
judged_in_canary := [judge_in_canary(source, id, value) |
	some [source, id] in canary_rules
	not [source, id] in canary_watched
	some value in elements(said_in_canary(source, id))
]

# METADATA
# description: A finding in the same shape as that of an enforced rule, or a failure that names its rule.
judge_in_canary(source, id, value) := {
	"sound": true, "id": rule.id, "kind": rule.entry.kind, "slot": rule.slot, "entry": rule.entry, "value": value,
} if {
	rule := speaking_in_canary(source, id)
	id_of(rule.entry.kind, value) == id
} else := {"sound": false, "subject": concat(".", array.concat(source, ["canary_rules", id]))}

# METADATA
# description: What the catalogue has of a rule in mode `canary` that may speak as it does.
speaking_in_canary(source, local) := {"id": id, "slot": slot, "entry": entry} if {
	entry := entry_of(source, local)
	entry.kind in {"deny", "require_approval", "allow", "affirm", "oblige"}
	usable(entry, entry.kind, "canary")
	slot := slot_filled(entry.kind, source)
	id := concat(".", array.concat(source, [local]))
}
