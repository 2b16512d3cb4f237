package bailiff_test

duty(kind, id, fields) := obliges(world, workflow, id, object.union({"kind": kind}, fields))

both(a, b) := obliges(obliges(world, workflow, "a", a), compliance, "b", b)

# Merging is the same in either order, and saying a thing twice changes nothing.
merges_to(a, b, merged) if {
	decided(both(a, b)).obligations == [merged]
	decided(both(b, a)).obligations == [merged]
	decided(both(merged, merged)).obligations == [merged]
}

unknown(obligation) if {
	answer := decided(obliges(world, workflow, "odd", obligation))
	answer.outcome == "deny"
	answer.metadata.resolution == 5
	answer.reasons == ["obligation_unknown"]
	answer.obligations == []
	answer.metadata.failures == [{"kind": "obligation_unknown", "subject": "workflow.odd"}]
	answer.metadata.audit_required == true
}

test_duties_come_with_an_allow if {
	answer := decided(duty("limit", "slow_down", {"limits": {"rows": 50}}))
	answer.outcome == "allow"
	answer.obligations == [{"kind": "limit", "limits": {"rows": 50}}]
	answer.metadata.matched_rules == ["identity.agent_in_scope", "resource.tool_granted", "workflow.slow_down"]
}

test_duties_are_told_with_a_demand_and_never_with_a_denial if {
	given := duty("limit", "slow_down", {"limits": {"rows": 50}})
	count(decided(says(given, compliance, "require_approval", "export")).obligations) == 1
	count(decided(says(given, compliance, "deny", "residency")).obligations) == 0
}

test_masks_unite_and_the_strongest_wins if {
	merges_to(
		{"kind": "mask", "fields": {"/action/args/iban": "partial", "/action/args/a": "hash", "/user/id": "partial"}},
		{"kind": "mask", "fields": {"/action/args/iban": "remove", "/action/args/a": "partial"}},
		{"kind": "mask", "fields": {"/action/args/iban": "remove", "/action/args/a": "hash", "/user/id": "partial"}},
	)
}

test_the_smallest_limit_wins if {
	merges_to(
		{"kind": "limit", "limits": {"rows": 50, "timeout_ms": 1000}},
		{"kind": "limit", "limits": {"rows": 20, "tokens": 9}},
		{"kind": "limit", "limits": {"rows": 20, "timeout_ms": 1000, "tokens": 9}},
	)
}

test_allowed_lists_intersect if {
	merges_to(
		{"kind": "allow_only", "lists": {"models": ["b", "a", "c"], "regions": ["eu-west"]}},
		{"kind": "allow_only", "lists": {"models": ["c", "b", "b"]}},
		{"kind": "allow_only", "lists": {"models": ["b", "c"], "regions": ["eu-west"]}},
	)
}

test_an_empty_intersection_is_a_conflict if {
	answer := decided(both(
		{"kind": "allow_only", "lists": {"models": ["a"]}},
		{"kind": "allow_only", "lists": {"models": ["b"]}},
	))
	answer.outcome == "deny"
	answer.metadata.resolution == 5
	answer.reasons == ["obligation_conflict"]
	answer.message == "Policy asks for duties that contradict each other, so the call is refused."
	answer.metadata.failures == [{"kind": "obligation_conflict", "subject": "allow_only.models"}]
}

test_the_fuller_and_longer_audit_wins if {
	merges_to(
		{"kind": "audit", "level": "full", "retention_days": 30},
		{"kind": "audit", "level": "basic", "retention_days": 400},
		{"kind": "audit", "level": "full", "retention_days": 400},
	)
}

test_notices_and_tags_unite if {
	merges_to(
		{"kind": "notify", "to": ["privacy", "ops"]},
		{"kind": "notify", "to": ["ops", "cx"]},
		{"kind": "notify", "to": ["cx", "ops", "privacy"]},
	)
	merges_to({"kind": "tag", "tags": ["b"]}, {"kind": "tag", "tags": ["a"]}, {"kind": "tag", "tags": ["a", "b"]})
}

test_duties_stand_in_the_order_of_the_contract if {
	a := obliges(world, workflow, "a", {"kind": "tag", "tags": ["x"]})
	b := obliges(a, workflow, "b", {"kind": "mask", "fields": {"/user/id": "hash"}})
	c := obliges(b, workflow, "c", {"kind": "notify", "to": ["ops"]})
	[duty.kind | some duty in decided(c).obligations] == ["mask", "notify", "tag"]
}

test_masks_hold_for_a_refused_call if {
	a := obliges(world, workflow, "a", {"kind": "mask", "fields": {"/user/id": "hash"}})
	decided(a).metadata.mask == {"/user/id": "hash"}
	refused := decided(says(a, workflow, "deny", "b"))
	refused.obligations == []
	refused.metadata.mask == {"/user/id": "hash"}
	decided(world).metadata.mask == {}
}

test_one_rule_may_oblige_twice if {
	a := obliges(world, workflow, "a", {"kind": "tag", "tags": ["x"]})
	answer := decided(obliges(a, workflow, "a", {"kind": "tag", "tags": ["y"]}))
	answer.obligations == [{"kind": "tag", "tags": ["x", "y"]}]
	count(answer.metadata.matched_rules) == 3
}

test_an_unknown_kind_denies if {
	unknown({"kind": "shred"})
	unknown({"kind": 7})
	unknown({"kind": null})
	unknown({})
}

test_a_parameter_of_the_wrong_type_denies if {
	every obligation in [
		{"kind": "mask"}, {"kind": "mask", "fields": ["/user/id"]}, {"kind": "mask", "fields": {"user.id": "hash"}},
		{"kind": "mask", "fields": {"/user/id": "blur"}}, {"kind": "mask", "fields": {"/": "hash"}},
		{"kind": "mask", "fields": {7: "hash"}}, {"kind": "mask", "fields": {"/user/id": "hash"}, "extra": true},
		{"kind": "limit"}, {"kind": "limit", "limits": {"rows": 0}}, {"kind": "limit", "limits": {"rows": 1.5}},
		{"kind": "limit", "limits": {"rows": "50"}}, {"kind": "limit", "limits": {"cows": 50}},
		{"kind": "limit", "limits": {"rows": 9007199254740992}}, {"kind": "limit", "limits": 50},
		{"kind": "allow_only", "lists": {"models": []}}, {"kind": "allow_only", "lists": {"models": "a"}},
		{"kind": "allow_only", "lists": {"models": [7]}}, {"kind": "allow_only", "lists": {"planets": ["earth"]}},
		{"kind": "allow_only", "lists": ["a"]}, {"kind": "audit", "level": "full"},
		{"kind": "audit", "level": "most", "retention_days": 30}, {"kind": "audit", "level": "full", "retention_days": 0},
		{"kind": "audit", "level": "full", "retention_days": 3651}, {"kind": "notify", "to": []},
		{"kind": "notify", "to": [""]}, {"kind": "notify", "to": "ops"}, {"kind": "tag", "tags": []},
		{"kind": "tag", "tags": ["Not a name"]}, {"kind": "tag", "tags": "x"}, {"kind": "tag", "tags": [7]},
	] {
		unknown(obligation)
	}
}

test_what_is_understood_is_still_merged_when_something_is_not if {
	given := obliges(duty("audit", "keep", {"level": "full", "retention_days": 400}), compliance, "odd", {"kind": "shred"})
	answer := decided(given)
	answer.metadata.resolution == 5
	answer.metadata.audit.retention_days == 400
}
