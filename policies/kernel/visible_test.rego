package bailiff_test

candidate(id) := {
	"target": {"kind": "tool", "id": id}, "server": split(id, ".")[0], "tool": id, "tool_name": split(id, ".")[1],
	"effects": ["read"], "blast_radius": "low", "data_classes_referenced": [],
}

listing(given, candidates) := object.union(given, {"input": {"candidates": candidates}})

listed(given) := evaluated("visible", listing(given, [candidate("crm.read")]))

test_what_is_granted_is_shown if {
	evaluated("visible", listing(world, [candidate("crm.read"), candidate("mail.send"), candidate("kb.search")])) == {
		"visible": [0, 2], "policy_version": "1.4.7+0123456789ab", "mask": {},
	}
}

test_nothing_is_shown_to_a_version_outside_the_release if {
	listed(object.union(world, {"release": {"agents": {"support-bot": ["3.1.9"]}}})).visible == []
	listed(object.union(world, {"release": {"agents": {"support-bot": ["3.2.0"]}}})).visible == [0]
}

subagent(name) := object.union(candidate(concat(".", ["kb", name])), {"target": {"kind": "subagent", "id": name}})

shown_of(given) := evaluated("visible", listing(given, candidates)).visible if {
	candidates := [subagent("researcher"), subagent("writer"), candidate("kb.search")]
}

test_a_subagent_is_shown_by_its_own_rules_and_no_others if {
	shown_of(world) == [0, 2]
	shown_of(changed(world, "/policy/identity/capabilities/subagents", [])) == [2]
	shown_of(says(world, ["subagents", "researcher"], "deny", "x")) == [2]
	both := object.union(
		changed(world, "/policy/identity/capabilities/subagents", ["*"]),
		{"release": {
			"subagents": {"writer": {"bundle_required": true, "may_grant": false}},
			"bundles": {"subagents/writer": "1.0.0+i"},
		}},
	)
	shown_of(both) == [0, 1, 2]
	shown_of(says(both, ["subagents", "researcher"], "deny", "x")) == [1, 2]
	shown_of(says(both, ["subagents", "writer"], "deny", "x")) == [0, 2]
}

test_an_empty_list_shows_nothing if {
	evaluated("visible", listing(world, [])).visible == []
	evaluated("visible", world).visible == []
}

test_what_nobody_grants_is_hidden if {
	listed(changed(world, "/policy/identity/allow", set())).visible == []
	listed(changed(world, "/policy/resource/allow", set())).visible == []
	listed(without(world, "/policy/identity/capabilities")).visible == []
}

objecting(extra) := says_with(world, compliance, {"kind": "deny", "id": "x"}, extra)

test_an_objection_known_early_hides if {
	every reads in [[], ["input.agent.id"], ["input.user.groups", "data.policy.identity.users"], ["input.action.tool"], ["input.action.target.id"]] {
		listed(objecting({"reads": reads})).visible == []
	}
}

test_an_objection_that_reads_what_only_a_call_brings_does_not_hide if {
	every path in [
		"input", "input.action", "input.action.args", "input.action.args.rows", "input.context",
		"input.context.turn_count", "input.usage", "input.usage.weekly.remaining",
	] {
		listed(objecting({"reads": ["input.agent.id", path]})).visible == [0]
	}
}

test_an_override_shows_what_it_lifts if {
	hidden := objecting({"overridable": true})
	listed(hidden).visible == []
	exempt := object.union(exception, {"lifts": ["compliance.x"], "approved_by": ["kim", "lou"]})
	listed(changed(hidden, "/release/overrides", [exempt])).visible == [0]
	listed(changed(objecting({}), "/release/overrides", [exempt])).visible == []
}

test_what_needs_approval_is_shown if {
	listed(says(world, compliance, "require_approval", "x")).visible == [0]
}

test_nothing_is_shown_where_policy_cannot_be_used if {
	listed(without(world, "/release/bundles/compliance")).visible == []
	listed(without(world, "/input/usage")).visible == []
	listed(says_bare(world, compliance, "affirm", "ghost")).visible == []
	answer := evaluated("visible", changed(world, "/input", null))
	answer.visible == []
	evaluated("visible", changed(world, "/release", {})) == {"visible": [], "policy_version": "unknown", "mask": {}}
}

test_what_the_record_hides_is_told_for_lists_too if {
	hiding := obliges(world, workflow, "a", {"kind": "mask", "fields": {"/user/id": "hash"}})
	listed(hiding).mask == {"/user/id": "hash"}
}

test_only_the_candidate_of_a_missing_bundle_is_hidden if {
	given := without(world, "/release/bundles/servers~1crm")
	candidates := [candidate("crm.read"), candidate("kb.search")]
	evaluated("visible", listing(changed(given, "/input/action/server", ""), candidates)).visible == [1]
}

test_a_server_objects_to_its_own_alone if {
	given := says(world, ["servers", "crm"], "deny", "x")
	candidates := [candidate("crm.read"), candidate("kb.search")]
	evaluated("visible", listing(given, candidates)).visible == [1]
}

test_a_candidate_that_is_not_whole_is_hidden if {
	every path, value in {
		"/target": {"kind": "tool"}, "/server": null, "/effects": "read", "/effects/0": 7, "/blast_radius": 7,
		"/data_classes_referenced": [7],
	} {
		odd := json.patch(candidate("crm.read"), [{"op": "replace", "path": path, "value": value}])
		evaluated("visible", listing(world, [odd, candidate("crm.read")])).visible == [1]
	}
	every path, word in {"/effects/0": "delete", "/blast_radius": "huge"} {
		odd := json.patch(candidate("crm.read"), [{"op": "replace", "path": path, "value": word}])
		evaluated("visible", listing(world, [odd, candidate("crm.read")])).visible == [1]
	}
	every name, _ in candidate("crm.read") {
		evaluated("visible", listing(world, [object.remove(candidate("crm.read"), [name])])).visible == []
	}
	evaluated("visible", listing(world, [object.union(candidate("crm.read"), {"args": {"id": 1}})])).visible == []
	evaluated("visible", listing(world, [null, 7, "x", {}])).visible == []
	evaluated("visible", listing(world, "x")).visible == []
}
