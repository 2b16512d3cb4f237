package bailiff_test

test_grants_alone_allow if {
	answer := decided(world)
	answer.allow == true
	answer.outcome == "allow"
	answer.reasons == ["agent_in_scope", "tool_granted"]
	answer.metadata.resolution == 7
	object.keys(answer) == {"allow", "outcome", "reasons", "obligations", "metadata"}
}

test_affirmations_join_the_reasons_after_the_grants if {
	answer := decided(says(world, compliance, "affirm", "cleared"))
	answer.reasons == ["agent_in_scope", "tool_granted", "cleared"]
	answer.metadata.matched_rules == ["identity.agent_in_scope", "resource.tool_granted", "compliance.cleared"]
	answer.metadata.resolution == 7
}

test_an_objection_denies if {
	answer := decided(says(world, compliance, "deny", "residency"))
	answer.allow == false
	answer.outcome == "deny"
	answer.reasons == ["residency"]
	answer.message == "Because of residency"
	answer.obligations == []
	answer.metadata.resolution == 2
	not answer.remediation
}

test_a_version_outside_the_release_denies_whatever_bundles_say if {
	every versions in [["3.1.9"], ["3.1.9", "3.3.0"], ["3.2"], [""]] {
		answer := decided(versioned(versions))
		answer.metadata.resolution == 2
		answer.reasons == ["agent_version_not_in_release"]
		answer.message == "This version of the agent is not part of the release that decides."
		answer.metadata.matched_rules == ["identity.agent_in_scope", "resource.tool_granted"]
	}
	nameless := changed(versioned(["3.2.0"]), "/input/agent/version", "unknown")
	decided(nameless).reasons == ["agent_version_not_in_release"]
}

test_a_version_of_the_release_is_no_objection if {
	row_of(versioned(["3.1.9", "3.2.0"])) == 7
	row_of(object.union(world, {"release": {"agents": {"other-bot": ["1.0.0"]}}})) == 7
}

test_where_no_version_is_listed_any_is_of_the_release if {
	row_of(versioned([])) == 7
	row_of(changed(versioned([]), "/input/agent/version", "unknown")) == 7
	row_of(changed(world, "/input/agent/version", "unknown")) == 7
}

test_the_version_is_told_first_and_alone_speaks if {
	given := says_with(versioned(["3.1.9"]), compliance, {"kind": "deny", "id": "residency"}, {"remediation": "ask"})
	answer := decided(given)
	answer.reasons == ["agent_version_not_in_release", "residency"]
	answer.message == "This version of the agent is not part of the release that decides."
	not answer.remediation
}

test_no_override_lifts_what_the_kernel_objects_to if {
	soft := says_with(versioned(["3.1.9"]), compliance, {"kind": "deny", "id": "x"}, {"overridable": true})
	exempt := object.union(exception, {"lifts": ["compliance.x"], "approved_by": ["kim", "lou"]})
	answer := decided(changed(soft, "/release/overrides", [exempt]))
	answer.metadata.resolution == 2
	[override.status | some override in answer.metadata.overrides] == ["refused"]
}

versioned(versions) := object.union(world, {"release": {"agents": {"support-bot": versions}}})

test_an_overridable_objection_denies_on_its_own_row if {
	given := says_with(world, compliance, {"kind": "deny", "id": "residency"}, {"overridable": true})
	row_of(given) == 3
}

test_a_hard_objection_comes_before_an_overridable_one if {
	soft := says_with(world, compliance, {"kind": "deny", "id": "soft"}, {"overridable": true, "severity": "critical"})
	answer := decided(says(soft, workflow, "deny", "hard"))
	answer.metadata.resolution == 2
	answer.reasons == ["soft", "hard"]
}

test_objections_are_told_by_severity_then_id if {
	a := says_with(world, compliance, {"kind": "deny", "id": "b_low"}, {"severity": "low", "remediation": "wait"})
	b := says_with(a, workflow, {"kind": "deny", "id": "z_high"}, {"severity": "high"})
	c := says_with(b, compliance, {"kind": "deny", "id": "y_high"}, {"severity": "high", "remediation": "ask"})
	answer := decided(c)
	answer.reasons == ["y_high", "z_high", "b_low"]
	answer.message == "Because of y_high"
	answer.remediation == "ask"
}

test_the_remediation_of_a_milder_objection_is_not_told if {
	a := says_with(world, compliance, {"kind": "deny", "id": "mild"}, {"severity": "low", "remediation": "wait"})
	not decided(says_with(a, workflow, {"kind": "deny", "id": "bad"}, {"severity": "high"})).remediation
}

test_equal_reasons_are_told_once if {
	a := says_with(world, compliance, {"kind": "deny", "id": "one"}, {"reason": "same"})
	answer := decided(says_with(a, workflow, {"kind": "deny", "id": "two"}, {"reason": "same"}))
	answer.reasons == ["same"]
	answer.metadata.matched_rules == [
		"compliance.one", "workflow.two",
		"identity.agent_in_scope", "resource.tool_granted",
	]
}

test_nobody_grants_who if {
	answer := decided(changed(world, "/policy/identity/allow", set()))
	answer.metadata.resolution == 4
	answer.reasons == ["no_grant_who"]
	answer.message == "No rule says that this agent and user may act."
}

test_nobody_grants_what if {
	decided(changed(world, "/policy/resource/allow", set())).reasons == ["no_grant_what"]
}

test_silence_is_a_denial if {
	answer := decided(changed(world, "/policy", {}))
	answer.metadata.resolution == 4
	answer.reasons == ["no_grant_who", "no_grant_what", "outside_capabilities"]
	answer.message == concat(" ", [
		"No rule says that this agent and user may act.",
		"No rule says that this may be used.",
		"This is outside what the agent may reach.",
	])
}

test_a_demand_asks if {
	given := says_with(world, workflow, {"kind": "require_approval", "id": "refund"}, {"remediation": "ask_a_manager"})
	answer := decided(given)
	answer.allow == false
	answer.outcome == "approval_required"
	answer.reasons == ["refund"]
	answer.remediation == "ask_a_manager"
	answer.metadata.resolution == 6
}

approval(rules) := {"id": "a-1", "rules": rules, "approved_by": ["kim"], "expires_at": "2026-11-22T14:00:00Z"}

test_an_approval_meets_the_demand_it_names if {
	given := changed(says(world, workflow, "require_approval", "refund"), "/input/approval", approval(["workflow.refund"]))
	answer := decided(given)
	answer.outcome == "allow"
	answer.reasons == ["agent_in_scope", "tool_granted"]
	answer.metadata.audit_required == true
	answer.metadata.matched_rules == ["workflow.refund", "identity.agent_in_scope", "resource.tool_granted"]
}

test_an_approval_does_not_meet_another_demand if {
	asked := says(says(world, workflow, "require_approval", "refund"), compliance, "require_approval", "export")
	answer := decided(changed(asked, "/input/approval", approval(["workflow.refund"])))
	answer.outcome == "approval_required"
	answer.reasons == ["export"]
}

test_an_approval_lifts_no_objection if {
	given := says(says(world, workflow, "require_approval", "refund"), compliance, "deny", "residency")
	row_of(changed(given, "/input/approval", approval(["workflow.refund", "compliance.residency"]))) == 2
}

test_an_objection_comes_before_a_demand if {
	row_of(says(says(world, workflow, "require_approval", "refund"), compliance, "deny", "residency")) == 2
}

test_the_appeal_path_is_that_of_the_first_deciding_rule_that_names_one if {
	a := says_with(world, compliance, {"kind": "deny", "id": "one"}, {"severity": "high"})
	b := says_with(a, workflow, {"kind": "deny", "id": "two"}, {"appeal_path": "https://tickets.example/two"})
	decided(b).metadata.appeal_path == "https://tickets.example/two"
	decided(a).metadata.appeal_path == ""
	decided(world).metadata.appeal_path == ""
}

test_rules_are_quoted_from_the_catalogue if {
	given := says_with(world, compliance, {"kind": "deny", "id": "residency"}, {
		"remediation": "use_another_region",
		"appeal_path": "https://tickets.example/privacy",
	})
	decided(given).metadata.rules[0] == {
		"rule": "compliance.residency", "effect": "deny", "title": "A title", "owner": "privacy", "reason": "residency",
		"remediation": "use_another_region", "appeal_path": "https://tickets.example/privacy",
	}
}
