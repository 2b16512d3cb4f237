package bailiff_test

# An input, a release and what its bundles say, in which identity and resource grant and nobody else speaks: row 7.
world := {
	"input": {
		"schema": "bailiff/input/v1",
		"agent": {"id": "support-bot", "scope": "support", "owner_team": "cx", "version": "3.2.0", "chain": []},
		"user": {"id": "mara", "kind": "human", "groups": [], "data_classifications_authorized": ["customer_data"]},
		"action": {
			"type": "tool_call", "phase": "request", "target": {"kind": "tool", "id": "crm.read"},
			"server": "crm", "tool": "crm.read", "tool_name": "read", "model": "", "subagent": "",
			"provider": "acme-crm", "region": "eu-west", "args": {"id": 7}, "effects": ["read"], "blast_radius": "low",
			"estimated_tokens": 40, "data_classes_referenced": ["customer_data"],
		},
		"result": null,
		"context": {
			"conversation_id": "c-81", "turn_count": 7, "cumulative_tokens": 4521, "tokens_source": "estimated",
			"session_age_seconds": 142, "tool_calls_in_a_row": 3, "identical_calls": 1, "recent_tools": ["crm.read"],
			"data_classes_seen": [],
		},
		"session": {
			"protocol": "mcp/2025-11-25", "transport": "http", "client_name": "", "client_version": "",
			"auth_method": "jwt",
		},
		"environment": {
			"region": "us-east", "time": "2026-11-22T13:45:00Z", "time_s": 1795355100, "weekday": "sunday",
			"minute_of_day": 825, "is_production": true, "flags": {"change_freeze": false},
		},
		"usage": {},
		"approval": null,
	},
	"release": {
		"policy_version": "1.4.7+0123456789ab",
		"digest": "0123456789ab",
		"categories": ["identity", "resource", "workflow", "compliance", "overrides"],
		"bundles": {
			"identity": "1.0.0+a", "resource": "1.0.0+b", "workflow": "1.0.0+c", "compliance": "1.0.0+d",
			"overrides": "1.0.0+e", "servers/crm": "1.0.0+f", "subagents/researcher": "1.0.0+g",
			"teams/cx/workflow": "1.0.0+h",
		},
		"required": ["identity", "resource", "compliance"],
		"canary_rules": {},
		"servers": {
			"crm": {"bundle_required": true, "may_grant": false},
			"kb": {"bundle_required": false, "may_grant": true},
		},
		"subagents": {"researcher": {"bundle_required": true, "may_grant": true}},
		"teams": {"cx": {"workflow": {"may_grant": false}}},
		"audit": {"level": "basic", "retention_days": 180},
		"overrides": [],
	},
	"policy": {
		"identity": {
			"allow": {"agent_in_scope"},
			"capabilities": {
				"servers": {"crm", "kb"}, "tools": ["crm.*", "kb.search"], "resources": ["file:///srv/*"], "prompts": [],
				"models": [], "subagents": ["researcher"], "data_classes": ["customer_data"],
			},
			"catalogue": {"agent_in_scope": entry("allow", "agent_in_scope", {})},
		},
		"resource": {
			"allow": {"tool_granted"},
			"catalogue": {"tool_granted": entry("allow", "tool_granted", {})},
		},
	},
	"teams": {},
	"servers": {},
	"subagents": {},
}

# The same world in which a subagent is asked.
asked := object.union(world, {"input": {"action": {
	"type": "subagent_call", "target": {"kind": "subagent", "id": "researcher"}, "server": "", "tool": "",
	"tool_name": "", "subagent": "researcher",
}}})

# A catalogue entry; the reason is the id unless `extra` says otherwise.
entry(kind, id, extra) := object.union(
	{
		"kind": kind, "mode": "enforce", "title": "A title", "description": "", "owner": "privacy", "reason": id,
		"message": concat(" ", ["Because of", id]), "remediation": "", "suggest": [], "severity": "medium",
		"overridable": false, "approvers": [], "appeal_path": "", "controls": [], "watch_until": "", "reads": [],
		"location": {"file": "x.rego", "row": 1},
	},
	extra,
)

# The world in which the bundle at `root` also says this, with a catalogue entry for it.
says(before, root, kind, id) := says_with(before, root, {"kind": kind, "id": id}, {})

says_with(before, root, what, extra) := object.union(before, nested(root, {
	what.kind: (object.get(before, array.concat(root, [what.kind]), set()) | {object.get(what, "value", what.id)}),
	"catalogue": {what.id: entry(trim_prefix(what.kind, "watched_"), what.id, extra)},
}))

# The world in which the bundle at `root` says this without any catalogue entry.
says_bare(before, root, kind, value) := object.union(before, nested(root, {
	kind: (object.get(before, array.concat(root, [kind]), set()) | {value}),
}))

obliges(before, root, id, duty) := says_with(
	before, root, {
		"kind": "oblige",
		"id": id,
		"value": object.union({"id": id}, duty),
	},
	{},
)

nested([a, b], value) := {a: {b: value}}

nested([a, b, c], value) := {a: {b: {c: value}}}

# The world with one value changed, at a path below it.
changed(before, path, value) := json.patch(before, [{"op": "replace", "path": path, "value": value}])

without(before, path) := json.patch(before, [{"op": "remove", "path": path}])

evaluated(entrypoint, given) := answer if {
	entrypoint == "decision"
	answer := data.bailiff.decision with input as given.input with data.release as given.release
		with data.policy as given.policy
		with data.teams as given.teams
		with data.servers as given.servers
		with data.subagents as given.subagents
}

evaluated(entrypoint, given) := answer if {
	entrypoint == "visible"
	answer := data.bailiff.visible with input as given.input with data.release as given.release
		with data.policy as given.policy
		with data.teams as given.teams
		with data.servers as given.servers
		with data.subagents as given.subagents
}

evaluated(entrypoint, given) := answer if {
	entrypoint == "watched"
	answer := data.bailiff.watched with input as given.input with data.release as given.release
		with data.policy as given.policy
		with data.teams as given.teams
		with data.servers as given.servers
		with data.subagents as given.subagents
}

evaluated(entrypoint, given) := answer if {
	entrypoint == "decision_and_watched"
	answer := data.bailiff.decision_and_watched with input as given.input with data.release as given.release
		with data.policy as given.policy
		with data.teams as given.teams
		with data.servers as given.servers
		with data.subagents as given.subagents
}

decided(given) := evaluated("decision", given)

row_of(given) := decided(given).metadata.resolution

compliance := ["policy", "compliance"]

workflow := ["policy", "workflow"]
