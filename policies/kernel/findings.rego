package bailiff

# METADATA
# description: >-
#   What the bundles that speak for this call say: kind, source and the value as it stands in their set. A source is the path
#   of a bundle's root; joined with a rule's id it is the rule's full id. One rule for each kind and each sort of bundle,
#   since a reference that walks all of `data` would be recursive.
# scope: document
raw contains ["deny", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].deny)
}

raw contains ["require_approval", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].require_approval)
}

raw contains ["allow", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].allow)
}

raw contains ["affirm", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].affirm)
}

raw contains ["oblige", [category], value] if {
	some category in categories
	some value in elements(data.policy[category].oblige)
}

raw contains ["deny", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].deny)
}

raw contains ["require_approval", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].require_approval)
}

raw contains ["allow", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].allow)
}

raw contains ["affirm", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].affirm)
}

raw contains ["oblige", ["teams", team, category], value] if {
	some [team, category] in team_parts
	some value in elements(data.teams[team][category].oblige)
}

raw contains ["deny", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].deny)
}

raw contains ["require_approval", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].require_approval)
}

raw contains ["allow", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].allow)
}

raw contains ["affirm", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].affirm)
}

raw contains ["oblige", ["servers", server], value] if {
	server := input.action.server
	some value in elements(data.servers[server].oblige)
}

raw contains ["deny", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].deny)
}

raw contains ["require_approval", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].require_approval)
}

raw contains ["allow", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].allow)
}

raw contains ["affirm", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].affirm)
}

raw contains ["oblige", ["subagents", subagent], value] if {
	subagent := input.action.subagent
	some value in elements(data.subagents[subagent].oblige)
}

# METADATA
# description: The elements of a rule set. What is not a set is one element that no catalogue names, so that it fails instead of vanishing.
elements(rules) := rules if {
	is_set(rules)
} else := {null}

# METADATA
# description: Every finding after judging it.
judged := array.concat([judge(kind, source, value) | some [kind, source, value] in raw], judged_in_canary)

# METADATA
# description: >-
#   A finding under its full id, with its catalogue entry and the slot it fills, if its bundle may make it and names it in its
#   catalogue as what it is. Otherwise a failure that names its bundle and set, and its id only where the catalogue has it, since
#   anything else could be a caller's text.
judge(kind, source, value) := {
	"sound": true, "id": rule.id, "kind": kind, "slot": rule.slot, "entry": rule.entry, "value": value,
} if {
	rule := speaking(kind, source, id_of(kind, value))
} else := {"sound": false, "subject": concat(".", array.concat(source, array.concat([kind], known_id(kind, source, value))))}

# METADATA
# description: >-
#   What the catalogue has of a rule that may speak as it does: undefined where it knows none of that kind, or the bundle may not
#   grant. Apart from the value, so that one look serves all findings of a rule.
speaking(kind, source, local) := {"id": id, "slot": slot, "entry": entry} if {
	entry := entry_of(source, local)
	usable(entry, kind, "enforce")
	slot := slot_filled(kind, source)
	id := concat(".", array.concat(source, [local]))
}

# METADATA
# description: The id of a finding in a list, or none where its bundle knows no rule of that id.
known_id(kind, source, value) := [local |
	local := id_of(kind, value)
	entry_of(source, local)
]

# METADATA
# description: Letter E, as far as bundles cause it.
finding_failures contains {"kind": "finding_malformed", "subject": finding.subject} if {
	some finding in judged
	not finding.sound
}

# METADATA
# description: Full id of every sound finding to the finding.
matched[finding.id] := {"kind": finding.kind, "slot": finding.slot, "entry": finding.entry} if {
	some finding in judged
	finding.sound
}

# METADATA
# description: The id of a finding; undefined where it has none that a rule may have.
id_of(kind, value) := value if {
	kind != "oblige"
	is_name(value)
}

id_of("oblige", value) := value.id if {
	is_object(value)
	is_name(value.id)
}

# METADATA
# description: The slot that a bundle's grants fill; undefined where it may not grant.
# scope: document
slot_of(["identity"]) := "who"

slot_of(["resource"]) := "what"

slot_of(["teams", team, category]) := "what" if data.release.teams[team][category].may_grant == true

slot_of(["servers", server]) := "what" if data.release.servers[server].may_grant == true

slot_of(["subagents", subagent]) := "what" if data.release.subagents[subagent].may_grant == true

# METADATA
# description: Anyone may object, ask, affirm and oblige, which fills no slot; few may grant.
slot_filled("allow", source) := slot_of(source)

slot_filled(kind, _) := "" if kind != "allow"
