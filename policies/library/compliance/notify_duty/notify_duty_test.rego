package policy.compliance_test

import data.policy.compliance

notify_duty_settings := {"to": ["security"], "effects": ["destructive"], "radii": ["high"], "exempt_types": ["model_call"]}

notify_duty_call := {"action": {"type": "tool_call", "effects": ["read"], "blast_radius": "low"}}

test_notify_duty_ordinary_calls_are_not_told if {
	not "notify_duty" in {duty.id | some duty in compliance.oblige} with input as notify_duty_call
		with data.policy.compliance.library.notify_duty as notify_duty_settings
}

test_notify_duty_destroying_is_told if {
	given := object.union(notify_duty_call, {"action": {"effects": ["destructive"]}})
	{"id": "notify_duty", "kind": "notify", "to": ["security"]} in compliance.oblige with input as given
		with data.policy.compliance.library.notify_duty as notify_duty_settings
}

test_notify_duty_a_large_blast_radius_is_told if {
	given := object.union(notify_duty_call, {"action": {"blast_radius": "high"}})
	"notify_duty" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.notify_duty as notify_duty_settings
}

test_notify_duty_model_calls_are_not_told if {
	given := object.union(notify_duty_call, {"action": {"type": "model_call", "blast_radius": "high"}})
	not "notify_duty" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.notify_duty as notify_duty_settings
}

test_notify_duty_others_may_be_told if {
	given := object.union(notify_duty_call, {"action": {"blast_radius": "high"}})
	settings := {"to": ["ops", "legal"], "effects": ["destructive"], "radii": ["high"], "exempt_types": ["model_call"]}
	{"id": "notify_duty", "kind": "notify", "to": ["ops", "legal"]} in compliance.oblige with input as given
		with data.policy.compliance.library.notify_duty as settings
}

test_notify_duty_nobody_is_no_duty if {
	given := object.union(notify_duty_call, {"action": {"blast_radius": "high"}})
	settings := {"to": [], "effects": ["destructive"], "radii": ["high"], "exempt_types": ["model_call"]}
	not "notify_duty" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.notify_duty as settings
}

test_notify_duty_holds_for_every_call_without_configuration if {
	"notify_duty" in {duty.id | some duty in compliance.oblige} with input as {}
		with data.policy.compliance.library.notify_duty as {}
}
