package bailiff_test

malformed(given, subject) if {
	answer := decided(given)
	answer.outcome == "deny"
	answer.metadata.resolution == 1
	answer.reasons == ["policy_unavailable"]
	answer.metadata.failures == [{"kind": "finding_malformed", "subject": subject}]
}

kinds := {"deny", "require_approval", "affirm", "oblige"}

value_of("oblige", id) := {"id": id, "kind": "tag", "tags": ["x"]}

value_of(kind, id) := id if kind != "oblige"

test_every_kind_of_every_bundle_is_heard if {
	with_subagent := changed(world, "/input/action/subagent", "researcher")
	every kind in kinds {
		every root, prefix in {
			["policy", "workflow"]: "workflow.x", ["teams", "cx", "workflow"]: "teams.cx.workflow.x",
			["servers", "crm"]: "servers.crm.x", ["subagents", "researcher"]: "subagents.researcher.x",
		} {
			given := says_with(with_subagent, root, {"kind": kind, "id": "x", "value": value_of(kind, "x")}, {})
			prefix in decided(given).metadata.matched_rules
		}
	}
}

test_bundles_that_do_not_speak_for_the_call_are_not_heard if {
	a := says(world, ["servers", "kb"], "deny", "x")
	b := says(a, ["subagents", "researcher"], "deny", "x")
	c := says(b, ["teams", "ops", "workflow"], "deny", "x")
	d := says(c, ["teams", "cx", "compliance"], "deny", "x")
	row_of(d) == 7
}

test_a_finding_without_a_catalogue_entry_is_malformed if {
	every kind in kinds {
		malformed(
			says_bare(world, compliance, kind, value_of(kind, "ghost")),
			concat(".", ["compliance", kind]),
		)
	}
}

test_a_finding_of_another_kind_than_its_entry_is_malformed if {
	given := says(says_bare(world, compliance, "deny", "x"), compliance, "affirm", "x")
	malformed(given, "compliance.deny.x")
}

test_a_finding_of_a_rule_that_is_not_enforced_is_malformed if {
	given := says_with(world, compliance, {"kind": "deny", "id": "x"}, {"mode": "watch"})
	malformed(given, "compliance.deny.x")
}

test_an_id_that_is_not_a_name_is_malformed_and_not_echoed if {
	every value in {7, null, true, "", "A", "a.b", "a b", ["x"], {"x"}, {"id": "x"}, "some argument of the caller"} {
		malformed(says_bare(world, compliance, "deny", value), "compliance.deny")
	}
	every value in {"x", 7, {"kind": "tag"}, {"id": 7}, {"id": "A b"}} {
		malformed(says_bare(world, compliance, "oblige", value), "compliance.oblige")
	}
}

test_what_is_not_a_set_is_malformed if {
	every rules in [true, false, null, "x", 7, ["x"], {"x": "x"}] {
		malformed(says(object.union(world, {"policy": {"compliance": {"deny": rules}}}), workflow, "affirm", "y"), "compliance.deny")
	}
}

test_only_identity_grants_who if {
	answer := decided(changed(says(world, ["policy", "identity"], "allow", "second"), "/policy/resource/allow", set()))
	answer.reasons == ["no_grant_what"]
}

test_a_grant_from_anybody_else_is_malformed if {
	every root, subject in {
		["policy", "workflow"]: "workflow.allow.x", ["policy", "compliance"]: "compliance.allow.x",
		["policy", "overrides"]: "overrides.allow.x", ["teams", "cx", "workflow"]: "teams.cx.workflow.allow.x",
		["servers", "crm"]: "servers.crm.allow.x",
	} {
		malformed(says(world, root, "allow", "x"), subject)
	}
}

# Identity's grant stands; resource is silent.
ungranted := changed(world, "/policy/resource/allow", set())

test_a_server_that_may_grant_fills_what if {
	granting := changed(ungranted, "/release/servers/crm/may_grant", true)
	answer := decided(says(granting, ["servers", "crm"], "allow", "x"))
	answer.outcome == "allow"
	answer.reasons == ["agent_in_scope", "x"]
}

test_a_subagent_that_may_grant_fills_what if {
	call := json.patch(ungranted, [
		{"op": "replace", "path": "/input/action/subagent", "value": "researcher"},
		{"op": "replace", "path": "/input/action/target", "value": {"kind": "subagent", "id": "researcher"}},
	])
	decided(says(call, ["subagents", "researcher"], "allow", "x")).reasons == ["agent_in_scope", "x"]
}

test_a_team_that_may_grant_fills_what_and_never_who if {
	granting := changed(ungranted, "/release/teams/cx/workflow/may_grant", true)
	said := says(granting, ["teams", "cx", "workflow"], "allow", "x")
	decided(said).reasons == ["agent_in_scope", "x"]
	decided(changed(said, "/policy/identity/allow", set())).reasons == ["no_grant_who"]
}

test_an_unusable_catalogue_entry_makes_its_finding_malformed if {
	every extra in [
		{"title": 7}, {"owner": null}, {"reason": "Not a code"}, {"reason": 7}, {"message": ""}, {"message": null},
		{"remediation": "Not a code"}, {"remediation": null}, {"appeal_path": 7}, {"severity": "dire"},
		{"overridable": "no"}, {"controls": "GDPR"}, {"controls": [7]}, {"reads": [7]}, {"audit": {"level": "all"}},
		{"audit": null}, {"audit": {"level": "full", "retention_days": 0}},
	] {
		malformed(says_with(world, compliance, {"kind": "deny", "id": "x"}, extra), "compliance.deny.x")
	}
}

test_a_usable_catalogue_entry_may_have_everything if {
	extra := {"remediation": "a_code", "controls": ["GDPR-44"], "audit": {"level": "full", "retention_days": 3650}}
	row_of(says_with(world, compliance, {"kind": "deny", "id": "x"}, extra)) == 2
}
