package policy.workflow_test

import data.policy.workflow

timeout_duty_settings := {"radii_ms": {"low": 120000, "high": 30000}, "tools_ms": {"crm.query": 5000}}

timeout_duty_call := {"action": {"tool": "crm.query", "blast_radius": "high"}}

test_timeout_duty_a_radius_has_its_time if {
	{"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": 30000}} in workflow.oblige with input as timeout_duty_call
		with data.policy.workflow.library.timeout_duty as timeout_duty_settings
}

test_timeout_duty_another_radius_has_another if {
	given := object.union(timeout_duty_call, {"action": {"blast_radius": "low"}})
	{"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": 120000}} in workflow.oblige with input as given
		with data.policy.workflow.library.timeout_duty as timeout_duty_settings
}

test_timeout_duty_a_radius_that_is_not_listed_has_none if {
	given := object.union(timeout_duty_call, {"action": {"blast_radius": "medium"}})
	not "timeout_duty" in {duty.id | some duty in workflow.oblige} with input as given
		with data.policy.workflow.library.timeout_duty as timeout_duty_settings
}

test_timeout_duty_a_tool_has_its_own if {
	{"id": "timeout_duty_tools", "kind": "limit", "limits": {"timeout_ms": 5000}} in workflow.oblige with input as timeout_duty_call
		with data.policy.workflow.library.timeout_duty as timeout_duty_settings
}

test_timeout_duty_another_tool_has_none if {
	given := object.union(timeout_duty_call, {"action": {"tool": "crm.read"}})
	not "timeout_duty_tools" in {duty.id | some duty in workflow.oblige} with input as given
		with data.policy.workflow.library.timeout_duty as timeout_duty_settings
}

test_timeout_duty_without_configuration_ten_seconds_are_left if {
	{"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": 10000}} in workflow.oblige with input as timeout_duty_call
		with data.policy.workflow.library.timeout_duty as {}
}

test_timeout_duty_holds_for_every_call_without_configuration if {
	"timeout_duty" in {duty.id | some duty in workflow.oblige} with input as {}
		with data.policy.workflow.library.timeout_duty as {}
}
