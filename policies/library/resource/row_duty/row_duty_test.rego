package policy.resource_test

import data.policy.resource

row_duty_settings := {"tools": {"crm.export": 500}, "classes": {"personal_data": 100}}

row_duty_call := {"action": {"type": "tool_call", "tool": "crm.export", "data_classes_referenced": ["personal_data"]}}

test_row_duty_a_listed_tool_is_bound if {
	{"id": "row_duty", "kind": "limit", "limits": {"rows": 500}} in resource.oblige with input as row_duty_call
		with data.policy.resource.library.row_duty as row_duty_settings
}

test_row_duty_another_tool_is_not if {
	given := object.union(row_duty_call, {"action": {"tool": "crm.read"}})
	not "row_duty" in {duty.id | some duty in resource.oblige} with input as given
		with data.policy.resource.library.row_duty as row_duty_settings
}

test_row_duty_listed_data_is_bound if {
	{"id": "row_duty_classes", "kind": "limit", "limits": {"rows": 100}} in resource.oblige with input as row_duty_call
		with data.policy.resource.library.row_duty as row_duty_settings
}

test_row_duty_other_data_is_not if {
	given := object.union(row_duty_call, {"action": {"data_classes_referenced": ["public"]}})
	not "row_duty_classes" in {duty.id | some duty in resource.oblige} with input as given
		with data.policy.resource.library.row_duty as row_duty_settings
}

test_row_duty_a_model_call_has_no_rows if {
	given := object.union(row_duty_call, {"action": {"type": "model_call"}})
	not "row_duty_classes" in {duty.id | some duty in resource.oblige} with input as given
		with data.policy.resource.library.row_duty as row_duty_settings
}

test_row_duty_nothing_is_bound_by_default if {
	not "row_duty" in {duty.id | some duty in resource.oblige} with input as row_duty_call
		with data.policy.resource.library.row_duty as {"tools": {}, "classes": {}}
}

test_row_duty_without_configuration_one_row_is_left if {
	{"id": "row_duty", "kind": "limit", "limits": {"rows": 1}} in resource.oblige with input as row_duty_call
		with data.policy.resource.library.row_duty as {}
}

test_row_duty_holds_for_every_call_without_configuration if {
	"row_duty" in {duty.id | some duty in resource.oblige} with input as {}
		with data.policy.resource.library.row_duty as {}
}
