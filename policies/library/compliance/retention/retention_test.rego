package policy.compliance_test

import data.policy.compliance

retention_settings := {"floor_days": 184, "classes": {"payment_data": 3650}, "scopes": {"recruitment": 730}}

retention_call := {"agent": {"scope": "recruitment"}, "action": {"data_classes_referenced": ["payment_data"]}}

test_retention_every_record_has_the_floor if {
	{"id": "retention", "kind": "audit", "level": "basic", "retention_days": 184} in compliance.oblige with input as retention_call
		with data.policy.compliance.library.retention as retention_settings
}

test_retention_a_floor_of_0_days_is_none if {
	settings := {"floor_days": 0, "classes": {"payment_data": 3650}, "scopes": {}}
	{duty.id | some duty in compliance.oblige; startswith(duty.id, "retention")} == {"retention_classes"} with input as retention_call
		with data.policy.compliance.library.retention as settings
}

test_retention_a_floor_below_0_is_none_that_could_be_meant if {
	settings := {"floor_days": -1, "classes": {}, "scopes": {}}
	{"id": "retention", "kind": "audit", "level": "full", "retention_days": 3650} in compliance.oblige with input as retention_call
		with data.policy.compliance.library.retention as settings
}

test_retention_listed_data_is_kept_longer if {
	{"id": "retention_classes", "kind": "audit", "level": "full", "retention_days": 3650} in compliance.oblige with input as retention_call
		with data.policy.compliance.library.retention as retention_settings
}

test_retention_listed_agents_are_kept_longer if {
	{"id": "retention_scopes", "kind": "audit", "level": "full", "retention_days": 730} in compliance.oblige with input as retention_call
		with data.policy.compliance.library.retention as retention_settings
}

test_retention_other_data_is_not if {
	given := object.union(retention_call, {"action": {"data_classes_referenced": ["public"]}})
	not "retention_classes" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.retention as retention_settings
}

test_retention_other_agents_are_not if {
	given := object.union(retention_call, {"agent": {"scope": "support"}})
	not "retention_scopes" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.retention as retention_settings
}

test_retention_without_configuration_it_is_kept_longest if {
	{"id": "retention", "kind": "audit", "level": "full", "retention_days": 3650} in compliance.oblige with input as retention_call
		with data.policy.compliance.library.retention as {}
}

test_retention_holds_for_every_call_without_configuration if {
	"retention" in {duty.id | some duty in compliance.oblige} with input as {}
		with data.policy.compliance.library.retention as {}
}
