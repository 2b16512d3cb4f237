package bailiff_test

watched(given) := [rule.rule | some rule in evaluated("watched", given).rules]

value_watched("watched_oblige") := {"id": "x", "kind": "tag", "tags": ["x"]}

value_watched(kind) := "x" if kind != "watched_oblige"

watched_kinds := ["watched_deny", "watched_require_approval", "watched_affirm", "watched_oblige"]

test_watched_rules_of_every_kind_and_bundle_are_told if {
	call := changed(world, "/input/action/subagent", "researcher")
	every kind in watched_kinds {
		every root, prefix in {
			["policy", "workflow"]: "workflow.x", ["teams", "cx", "workflow"]: "teams.cx.workflow.x",
			["servers", "crm"]: "servers.crm.x", ["subagents", "researcher"]: "subagents.researcher.x",
		} {
			given := says_with(call, root, {"kind": kind, "id": "x", "value": value_watched(kind)}, {"mode": "watch"})
			watched(given) == [prefix]
			decided(given) == decided(call)
		}
	}
}

test_a_watched_grant_is_told_where_it_would_count if {
	watched(says_with(world, ["policy", "resource"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == ["resource.x"]
	watched(says_with(world, ["policy", "workflow"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == []
	watched(says_with(world, ["servers", "crm"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == []
	granting := changed(world, "/release/servers/crm/may_grant", true)
	watched(says_with(granting, ["servers", "crm"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == ["servers.crm.x"]
	teams := changed(world, "/release/teams/cx/workflow/may_grant", true)
	watched(says_with(teams, ["teams", "cx", "workflow"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == ["teams.cx.workflow.x"]
	call := changed(world, "/input/action/subagent", "researcher")
	watched(says_with(call, ["subagents", "researcher"], {"kind": "watched_allow", "id": "x"}, {"mode": "watch"})) == ["subagents.researcher.x"]
}

test_enforced_rules_are_not_watched if {
	watched(says(world, compliance, "deny", "x")) == []
}

test_malformed_watched_findings_are_left_out if {
	watched(says_bare(world, compliance, "watched_deny", "ghost")) == []
	watched(says(world, compliance, "watched_deny", "x")) == []
	watched(object.union(world, {"policy": {"compliance": {"watched_deny": "x"}}})) == []
}

test_watched_rules_are_told_by_weight if {
	a := says_with(world, compliance, {"kind": "watched_deny", "id": "mild"}, {"mode": "watch", "severity": "low"})
	b := says_with(a, workflow, {"kind": "watched_deny", "id": "grave"}, {"mode": "watch", "severity": "critical"})
	watched(b) == ["workflow.grave", "compliance.mild"]
}

test_nothing_is_watched_on_an_input_that_is_not_whole if {
	given := says_with(world, compliance, {"kind": "watched_deny", "id": "x"}, {"mode": "watch"})
	watched(without(given, "/input/usage")) == []
}

test_both_in_one_evaluation_are_what_each_is_alone if {
	worlds := [
		world,
		says_with(world, workflow, {"kind": "watched_deny", "id": "x"}, {"mode": "watch"}),
		says(says_with(world, workflow, {"kind": "watched_deny", "id": "x"}, {"mode": "watch"}), compliance, "deny", "y"),
		without(world, "/input/usage"),
		without(world, "/release/categories"),
	]
	every given in worlds {
		both := {"decision": decided(given), "watched": evaluated("watched", given)}
		evaluated("decision_and_watched", given) == both
	}
}
