package bailiff_test

# A rule in mode `canary` of the bundle at `root`, called `x`, which says `value`.
on_canary(before, root, kind, canary) := on_canary_saying(before, root, kind, {"canary": canary, "value": canary_value(kind)})

on_canary_saying(before, root, kind, what) := json.patch(
	object.union(before, nested(root, {
		"canary_rules": {"x": {what.value}},
		"catalogue": {"x": entry(kind, "x", {"mode": "canary", "canary": what.canary})},
	})),
	[{"op": "add", "path": ["release", "canary_rules", bundle_at(root)], "value": ["x"]}],
)

bundle_at(["policy", category]) := category

bundle_at(root) := concat("/", root) if root[0] != "policy"

canary_value("oblige") := {"id": "x", "kind": "tag", "tags": ["x"]}

canary_value(kind) := "x" if kind != "oblige"

nobody := {"share": 0, "teams": []}

everybody := {"share": 1, "teams": []}

canary_roots := {
	["policy", "workflow"]: "workflow.x", ["teams", "cx", "workflow"]: "teams.cx.workflow.x",
	["servers", "crm"]: "servers.crm.x", ["subagents", "researcher"]: "subagents.researcher.x",
}

canary_call := changed(world, "/input/action/subagent", "researcher")

test_in_its_canary_a_rule_of_every_kind_and_bundle_counts_as_enforced if {
	every kind in ["deny", "require_approval", "affirm", "oblige"] {
		every root, id in canary_roots {
			given := on_canary(canary_call, root, kind, everybody)
			enforced := says_with(canary_call, root, {"kind": kind, "id": "x", "value": canary_value(kind)}, {})
			decided(given) == decided(enforced)
			id in decided(given).metadata.matched_rules
			watched(given) == []
		}
	}
}

test_outside_it_counts_as_watched if {
	every kind in ["deny", "require_approval", "affirm", "oblige"] {
		every root, id in canary_roots {
			given := on_canary(canary_call, root, kind, nobody)
			decided(given) == decided(canary_call)
			watched(given) == [id]
		}
	}
}

test_a_grant_in_its_canary_fills_its_slot_and_outside_does_not if {
	ungranted := json.remove(world, ["policy/resource/allow"])
	decided(on_canary(ungranted, ["policy", "resource"], "allow", everybody)).outcome == "allow"
	decided(on_canary(ungranted, ["policy", "resource"], "allow", nobody)).reasons == ["no_grant_what"]
	watched(on_canary(ungranted, ["policy", "resource"], "allow", nobody)) == ["resource.x"]
	row_of(on_canary(world, workflow, "allow", everybody)) == 1
	watched(on_canary(world, workflow, "allow", nobody)) == []
}

test_a_team_that_is_named_is_in_it_whole if {
	decided(on_canary(world, compliance, "deny", {"share": 0, "teams": ["ops", "cx"]})).outcome == "deny"
	decided(on_canary(world, compliance, "deny", {"share": 0, "teams": ["ops"]})).outcome == "allow"
}

# The place of support-bot is 0.9903.
test_a_share_of_agents_is_in_it_by_their_ids if {
	data.bailiff.place_of("support-bot") == 278736350856149
	data.bailiff.place_of("") == 250348346448124
	decided(on_canary(world, compliance, "deny", {"share": 0.99, "teams": []})).outcome == "allow"
	decided(on_canary(world, compliance, "deny", {"share": 0.9903, "teams": []})).outcome == "deny"
}

test_a_rule_whose_canary_cannot_be_read_is_enforced if {
	unreadable := [
		null, "all", {}, {"share": 0}, {"teams": []}, {"share": "0", "teams": []}, {"share": -1, "teams": []},
		{"share": 2, "teams": []}, {"share": 0, "teams": "ops"}, {"share": 0, "teams": [1]}, {"share": null, "teams": []},
	]
	every canary in unreadable {
		given := on_canary(world, compliance, "deny", canary)
		decided(given).outcome == "deny"
		decided(given).reasons == ["x"]
		watched(given) == []
	}
	bare := json.remove(on_canary(world, compliance, "deny", nobody), ["policy/compliance/catalogue/x/canary"])
	decided(bare).reasons == ["x"]
}

test_a_rule_in_its_canary_that_its_catalogue_does_not_describe_so_is_malformed if {
	given := on_canary(world, compliance, "deny", everybody)
	malformed := [
		json.remove(given, ["policy/compliance/catalogue"]),
		changed(given, "/policy/compliance/catalogue/x/mode", "enforce"),
		changed(given, "/policy/compliance/catalogue/x/mode", "watch"),
		changed(given, "/policy/compliance/catalogue/x/kind", "objection"),
		changed(given, "/policy/compliance/catalogue/x/reason", "No code"),
		changed(given, "/policy/compliance/canary_rules/x", {"y"}),
		changed(given, "/policy/compliance/canary_rules/x", true),
	]
	every one in malformed {
		decided(one).metadata.failures == [{"kind": "finding_malformed", "subject": "compliance.canary_rules.x"}]
		watched(one) == []
	}
}

test_among_the_enforced_a_rule_in_mode_canary_is_malformed if {
	row_of(says_with(world, compliance, {"kind": "deny", "id": "x"}, {"mode": "canary", "canary": nobody})) == 1
}

test_a_release_that_does_not_list_its_canary_rules_is_refused if {
	failure := {"kind": "release_invalid", "subject": "canary_rules"}
	every value in [null, [], "compliance", {"compliance": "x"}, {"compliance": [1]}] {
		failure in decided(changed(world, "/release/canary_rules", value)).metadata.failures
	}
	failure in decided(without(world, "/release/canary_rules")).metadata.failures
}

test_what_is_listed_and_no_name_is_not_heard if {
	listed := object.union(world.release, {"canary_rules": {"compliance": [0, "No name", "x"]}})
	heard := data.bailiff.canary_rules with input as world.input with data.release as listed
	heard == {[["compliance"], "x"]}
}

test_a_rule_of_a_bundle_that_does_not_speak_for_the_call_is_not_heard if {
	every root in [["servers", "kb"], ["subagents", "researcher"], ["teams", "ops", "workflow"], ["policy", "unheard"]] {
		every canary in [everybody, nobody] {
			given := on_canary(world, root, "deny", canary)
			decided(given) == decided(world)
			watched(given) == []
		}
	}
}

test_a_list_hides_what_a_rule_in_its_canary_denies_and_shows_it_outside if {
	listed := object.union(world, {"input": {"candidates": [object.filter(world.input.action, [
		"target", "server", "tool", "tool_name", "effects", "blast_radius", "data_classes_referenced",
	])]}})
	evaluated("visible", on_canary(listed, compliance, "deny", everybody)).visible == []
	evaluated("visible", on_canary(listed, compliance, "deny", nobody)).visible == [0]
}

test_an_agent_that_cannot_be_told_is_in_every_canary if {
	data.bailiff.in_canary(nobody) with input as {}
	data.bailiff.in_canary(nobody) with input as {"agent": {"id": 7, "owner_team": "cx"}}
}

test_both_are_told_at_once_of_a_rule_in_its_canary_and_outside if {
	every canary in [everybody, nobody] {
		given := on_canary(world, compliance, "deny", canary)
		both := {"decision": decided(given), "watched": evaluated("watched", given)}
		evaluated("decision_and_watched", given) == both
	}
}
