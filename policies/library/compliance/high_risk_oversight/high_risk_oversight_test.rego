package policy.compliance_test

import data.policy.compliance

high_risk_oversight_settings := {"scopes": ["recruitment", "credit_scoring", "education_grading", "benefits", "insurance_pricing", "worker_management"], "effects": ["write", "destructive", "external"]}

high_risk_oversight_call := {"agent": {"scope": "recruitment"}, "user": {"kind": "human"}, "action": {"effects": ["write"]}}

test_high_risk_oversight_acting_asks if {
	every part in [
		{},
		{"action": {"effects": ["external"]}},
	] {
		"high_risk_oversight" in compliance.require_approval with input as object.union(high_risk_oversight_call, part)
			with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
	}
}

test_high_risk_oversight_reading_does_not_ask if {
	given := object.union(high_risk_oversight_call, {"action": {"effects": ["read"]}})
	not "high_risk_oversight" in compliance.require_approval with input as given
		with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
}

test_high_risk_oversight_other_scopes_do_not_ask if {
	given := object.union(high_risk_oversight_call, {"agent": {"scope": "support"}})
	not "high_risk_oversight" in compliance.require_approval with input as given
		with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
}

test_high_risk_oversight_other_scopes_may_be_named if {
	given := object.union(high_risk_oversight_call, {"agent": {"scope": "support"}})
	settings := {"scopes": ["support"], "effects": ["write", "destructive", "external"]}
	"high_risk_oversight" in compliance.require_approval with input as given
		with data.policy.compliance.library.high_risk_oversight as settings
}

test_high_risk_oversight_nobody_behind_it_is_denied if {
	every part in [
		{"user": {"kind": "none"}},
		{"user": {"kind": "service"}},
	] {
		"high_risk_oversight_person" in compliance.deny with input as object.union(high_risk_oversight_call, part)
			with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
	}
}

test_high_risk_oversight_a_person_is_not_denied if {
	not "high_risk_oversight_person" in compliance.deny with input as high_risk_oversight_call
		with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
}

test_high_risk_oversight_other_scopes_need_nobody if {
	given := object.union(high_risk_oversight_call, {"agent": {"scope": "batch"}, "user": {"kind": "none"}})
	not "high_risk_oversight_person" in compliance.deny with input as given
		with data.policy.compliance.library.high_risk_oversight as high_risk_oversight_settings
}

test_high_risk_oversight_holds_for_every_call_without_configuration if {
	"high_risk_oversight" in compliance.require_approval with input as {}
		with data.policy.compliance.library.high_risk_oversight as {}
}

test_high_risk_oversight_person_holds_for_every_call_without_configuration if {
	"high_risk_oversight_person" in compliance.deny with input as {}
		with data.policy.compliance.library.high_risk_oversight as {}
}
