package bailiff_test

test_the_release_says_how_records_are_kept if {
	answer := decided(changed(world, "/release/audit", {"level": "basic", "retention_days": 365}))
	answer.metadata.audit == {"level": "basic", "retention_days": 365, "controls": []}
	answer.metadata.audit_required == false
}

test_a_release_that_keeps_everything_in_full_requires_every_record if {
	answer := decided(changed(world, "/release/audit", {"level": "full", "retention_days": 365}))
	answer.metadata.audit_required == true
}

test_the_strictest_wish_wins if {
	a := says_with(world, workflow, {"kind": "affirm", "id": "one"}, {"audit": {"level": "full", "retention_days": 90}})
	b := obliges(a, compliance, "two", {"kind": "audit", "level": "basic", "retention_days": 400})
	answer := decided(b)
	answer.metadata.audit == {"level": "full", "retention_days": 400, "controls": []}
	answer.metadata.audit_required == true
}

test_the_clauses_of_all_matched_rules_are_told if {
	a := says_with(world, workflow, {"kind": "affirm", "id": "one"}, {"controls": ["SOC2-1", "GDPR-44"]})
	b := says_with(a, compliance, {"kind": "deny", "id": "two"}, {"controls": ["GDPR-44"]})
	decided(b).metadata.audit.controls == ["GDPR-44", "SOC2-1"]
}

test_severe_objections_require_a_record if {
	required := {severity: decided(says_with(world, compliance, {"kind": "deny", "id": "x"}, {"severity": severity})).metadata.audit_required |
		some severity in ["low", "medium", "high", "critical"]
	}
	required == {"low": false, "medium": false, "high": true, "critical": true}
}

test_a_severe_demand_or_grant_is_no_severe_objection if {
	a := says_with(world, workflow, {"kind": "affirm", "id": "x"}, {"severity": "critical"})
	decided(a).metadata.audit_required == false
}

test_a_demand_requires_a_record if {
	decided(says(world, workflow, "require_approval", "x")).metadata.audit_required == true
}

test_a_call_that_is_merely_not_granted_requires_none if {
	decided(changed(world, "/policy", {})).metadata.audit_required == false
}

test_what_could_not_be_decided_requires_a_record if {
	answer := decided(without(world, "/release/bundles/identity"))
	answer.metadata.resolution == 1
	answer.metadata.audit_required == true
}
