package bailiff_test

exception := {
	"id": "o-1",
	"lifts": ["workflow.slow"],
	"scope": {"agents": ["support-bot"]},
	"not_before": 1795355000,
	"expires_at": 1795400000,
	"justification": "The quarterly export must finish before the audit.",
	"ticket": "OPS-12",
	"requested_by": "mara",
	"approved_by": ["kim"],
}

# An overridable objection of workflow, and the release's overrides.
slowed(overrides) := changed(
	says_with(world, workflow, {"kind": "deny", "id": "slow"}, {"overridable": true}),
	"/release/overrides",
	overrides,
)

# The same for compliance, whose overrides need more.
confined(overrides) := changed(
	says_with(world, compliance, {"kind": "deny", "id": "residency"}, {"overridable": true}),
	"/release/overrides",
	overrides,
)

with_fields(fields) := object.union(object.remove(exception, object.keys(fields)), fields)

lifts(fields) if row_of(slowed([with_fields(fields)])) == 7

stands(fields) if {
	answer := decided(slowed([with_fields(fields)]))
	answer.metadata.resolution == 3
	answer.metadata.overrides == []
}

test_a_valid_override_lifts_the_objection_it_names if {
	answer := decided(slowed([exception]))
	answer.outcome == "allow"
	answer.reasons == ["agent_in_scope", "tool_granted"]
	answer.metadata.matched_rules == ["workflow.slow", "identity.agent_in_scope", "resource.tool_granted"]
	answer.metadata.audit_required == true
	answer.metadata.overrides == [{
		"id": "o-1", "lifts": ["workflow.slow"], "status": "used", "ticket": "OPS-12",
		"expires_at": 1795400000,
	}]
}

test_without_an_override_the_objection_stands if {
	row_of(slowed([])) == 3
	row_of(without(slowed([]), "/release/overrides")) == 3
}

test_an_override_lifts_only_what_it_names if {
	given := says_with(slowed([exception]), workflow, {"kind": "deny", "id": "late"}, {"overridable": true})
	answer := decided(given)
	answer.metadata.resolution == 3
	answer.reasons == ["late"]
	answer.metadata.overrides[0].status == "used"
}

test_a_hard_objection_refuses_the_override if {
	answer := decided(says(slowed([exception]), compliance, "deny", "residency"))
	answer.metadata.resolution == 2
	answer.reasons == ["residency", "slow"]
	answer.metadata.overrides == [{
		"id": "o-1", "lifts": ["workflow.slow"], "status": "refused", "ticket": "OPS-12",
		"expires_at": 1795400000,
	}]
	answer.metadata.audit_required == true
}

test_an_override_of_a_hard_objection_is_refused if {
	given := changed(
		says(world, compliance, "deny", "residency"), "/release/overrides",
		[with_fields({"lifts": ["compliance.residency"], "approved_by": ["kim", "lou"]})],
	)
	answer := decided(given)
	answer.metadata.resolution == 2
	answer.metadata.overrides[0].status == "refused"
}

test_an_override_that_also_names_what_may_not_be_lifted_lifts_nothing if {
	hard := changed(slowed([]), "/policy/workflow/catalogue", {
		"slow": entry("deny", "slow", {"overridable": true}),
		"hard": entry("deny", "hard", {}),
		"asks": entry("require_approval", "asks", {"overridable": true}),
	})
	every id in ["workflow.hard", "workflow.asks", "workflow.ghost", "ghost", "servers.crm.ghost", "a.b.c.d.e", ""] {
		row_of(changed(hard, "/release/overrides", [with_fields({"lifts": ["workflow.slow", id]})])) == 3
	}
}

test_an_override_may_name_rules_of_servers_teams_and_subagents if {
	every root, id in {
		["servers", "crm"]: "servers.crm.slow", ["teams", "cx", "workflow"]: "teams.cx.workflow.slow",
		["subagents", "researcher"]: "subagents.researcher.slow",
	} {
		call := changed(world, "/input/action/subagent", "researcher")
		given := says_with(call, root, {"kind": "deny", "id": "slow"}, {"overridable": true})
		row_of(given) == 3
		row_of(changed(given, "/release/overrides", [with_fields({"lifts": [id]})])) == 7
	}
}

test_an_override_that_does_not_reach_the_call_is_not_listed if {
	stands({"lifts": ["workflow.other"]})
}

test_an_override_lasts_from_its_first_second_to_the_one_before_its_end if {
	lifts({"not_before": 1795355100})
	stands({"not_before": 1795355101})
	lifts({"expires_at": 1795355101})
	stands({"expires_at": 1795355100})
}

test_every_dimension_of_the_scope_must_hold_the_call if {
	lifts({"scope": {
		"agents": ["other-bot", "support-bot"], "teams": ["cx"], "users": ["mara"], "servers": ["crm"],
		"tools": ["crm.read"],
	}})
	every dimension in ["agents", "teams", "users", "servers", "tools", "models"] {
		stands({"scope": object.union({"agents": ["support-bot"]}, {dimension: ["another"]})})
	}
	every scope in [
		{}, null, "support-bot", 7, {"agents": []}, {"agents": "support-bot"}, {"agents": [7]}, {"planets": ["earth"]},
		{"agents": ["support-*"]}, {"agents": ["Support-bot"]}, {"models": [""]},
	] {
		stands({"scope": scope})
	}
}

test_an_override_that_is_not_whole_lifts_nothing if {
	every fields in [
		{"id": 7}, {"ticket": null}, {"lifts": "workflow.slow"}, {"lifts": [7, "workflow.slow"]},
		{"not_before": "2026-11-22"}, {"expires_at": 1795400000.5}, {"not_before": -1}, {"justification": "short"},
		{"justification": 7}, {"approved_by": []}, {"approved_by": "kim"}, {"approved_by": [7]}, {"requested_by": null},
	] {
		stands(fields)
	}
	every name, _ in exception {
		answer := decided(slowed([object.remove(exception, [name])]))
		answer.metadata.resolution == 3
	}
	row_of(slowed([7, null, "x", [], {}])) == 3
	row_of(slowed({"x": 7})) == 3
	row_of(slowed(true)) == 3
}

test_whoever_asks_for_an_override_does_not_approve_it if {
	stands({"approved_by": ["mara"]})
	stands({"approved_by": ["kim", "mara"]})
}

test_an_override_lasts_no_longer_than_its_category_allows if {
	lifts({"not_before": 1795355100, "expires_at": 1795355100 + 2592000})
	stands({"not_before": 1795355100, "expires_at": 1795355101 + 2592000})
}

test_compliance_asks_for_two_approvers_and_a_week if {
	strict := with_fields({
		"lifts": ["compliance.residency"], "approved_by": ["kim", "lou"], "not_before": 1795355100,
		"expires_at": 1795355100 + 604800,
	})
	row_of(confined([strict])) == 7
	row_of(confined([object.union(strict, {"expires_at": 1795355101 + 604800})])) == 3
	row_of(confined([object.union(strict, {"approved_by": ["kim"]})])) == 3
	row_of(confined([object.union(strict, {"approved_by": ["kim", "kim"]})])) == 3
}

test_overrides_are_listed_by_id if {
	second := with_fields({"id": "o-0", "expires_at": 1795400001})
	[override.id | some override in decided(slowed([exception, second])).metadata.overrides] == ["o-0", "o-1"]
}

test_an_override_lifts_no_demand_for_approval if {
	answer := decided(says(slowed([exception]), compliance, "require_approval", "export"))
	answer.metadata.resolution == 6
	answer.metadata.overrides[0].status == "used"
}

test_nothing_is_overridden_where_policy_cannot_be_used if {
	answer := decided(without(slowed([exception]), "/release/bundles/identity"))
	answer.metadata.resolution == 1
	answer.metadata.overrides == []
}
