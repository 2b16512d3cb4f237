package policy.compliance_test

import data.policy.compliance

mask_duty_settings := {"fields": {"/action/args/email": "partial"}, "classes": ["customer_data"], "tools": {"crm.send_email": {"/action/args/body": "hash"}}}

mask_duty_call := {"action": {"tool": "crm.send_email", "data_classes_referenced": ["customer_data"]}}

test_mask_duty_fields_are_hidden_for_listed_data if {
	{"id": "mask_duty", "kind": "mask", "fields": {"/action/args/email": "partial"}} in compliance.oblige with input as mask_duty_call
		with data.policy.compliance.library.mask_duty as mask_duty_settings
}

test_mask_duty_other_data_is_not_hidden if {
	given := object.union(mask_duty_call, {"action": {"data_classes_referenced": ["public"]}})
	not "mask_duty" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.mask_duty as mask_duty_settings
}

test_mask_duty_fields_of_a_tool_are_hidden if {
	{"id": "mask_duty_tools", "kind": "mask", "fields": {"/action/args/body": "hash"}} in compliance.oblige with input as mask_duty_call
		with data.policy.compliance.library.mask_duty as mask_duty_settings
}

test_mask_duty_another_tool_has_none if {
	given := object.union(mask_duty_call, {"action": {"tool": "crm.read"}})
	not "mask_duty_tools" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.mask_duty as mask_duty_settings
}

test_mask_duty_no_fields_are_no_duty if {
	settings := {"fields": {}, "classes": ["customer_data"], "tools": {"crm.send_email": {"/action/args/body": "hash"}}}
	not "mask_duty" in {duty.id | some duty in compliance.oblige} with input as mask_duty_call
		with data.policy.compliance.library.mask_duty as settings
}

test_mask_duty_without_configuration_everything_is_hidden if {
	{"id": "mask_duty", "kind": "mask", "fields": {"/action/args": "remove", "/result": "remove"}} in compliance.oblige with input as mask_duty_call
		with data.policy.compliance.library.mask_duty as {}
}

test_mask_duty_holds_for_every_call_without_configuration if {
	"mask_duty" in {duty.id | some duty in compliance.oblige} with input as {}
		with data.policy.compliance.library.mask_duty as {}
}
