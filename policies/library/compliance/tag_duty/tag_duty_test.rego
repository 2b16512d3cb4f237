package policy.compliance_test

import data.policy.compliance

tag_duty_settings := {"classes": {"payment_data": ["money"]}, "scopes": {"recruitment": ["high_risk"]}}

tag_duty_call := {"agent": {"scope": "recruitment"}, "action": {"data_classes_referenced": ["payment_data"]}}

test_tag_duty_listed_data_is_tagged if {
	{"id": "tag_duty", "kind": "tag", "tags": ["money"]} in compliance.oblige with input as tag_duty_call
		with data.policy.compliance.library.tag_duty as tag_duty_settings
}

test_tag_duty_other_data_is_not if {
	given := object.union(tag_duty_call, {"action": {"data_classes_referenced": ["public"]}})
	not "tag_duty" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.tag_duty as tag_duty_settings
}

test_tag_duty_listed_agents_are_tagged if {
	{"id": "tag_duty_scopes", "kind": "tag", "tags": ["high_risk"]} in compliance.oblige with input as tag_duty_call
		with data.policy.compliance.library.tag_duty as tag_duty_settings
}

test_tag_duty_other_agents_are_not if {
	given := object.union(tag_duty_call, {"agent": {"scope": "support"}})
	not "tag_duty_scopes" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.tag_duty as tag_duty_settings
}

test_tag_duty_holds_for_every_call_without_configuration if {
	"tag_duty" in {duty.id | some duty in compliance.oblige} with input as {}
		with data.policy.compliance.library.tag_duty as {}
}
