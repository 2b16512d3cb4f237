package policy.workflow_test

import data.policy.workflow

business_hours_settings := {"opens_minute": 360, "closes_minute": 1200, "effects": ["write", "destructive", "external"], "exempt_scopes": []}

business_hours_call := {"agent": {"scope": "support"}, "action": {"effects": ["write"]}, "environment": {"minute_of_day": 600}}

test_business_hours_in_business_hours_nothing_is_denied if {
	every part in [
		{},
		{"environment": {"minute_of_day": 360}},
		{"environment": {"minute_of_day": 1199}},
	] {
		not "business_hours" in workflow.deny with input as object.union(business_hours_call, part)
			with data.policy.workflow.library.business_hours as business_hours_settings
	}
}

test_business_hours_outside_business_hours_changes_are_denied if {
	every part in [
		{"environment": {"minute_of_day": 359}},
		{"environment": {"minute_of_day": 1200}},
		{"environment": {"minute_of_day": 0}},
	] {
		"business_hours" in workflow.deny with input as object.union(business_hours_call, part)
			with data.policy.workflow.library.business_hours as business_hours_settings
	}
}

test_business_hours_reading_is_never_denied if {
	given := object.union(business_hours_call, {"action": {"effects": ["read"]}, "environment": {"minute_of_day": 0}})
	not "business_hours" in workflow.deny with input as given
		with data.policy.workflow.library.business_hours as business_hours_settings
}

test_business_hours_an_exempt_scope_is_not_denied if {
	given := object.union(business_hours_call, {"environment": {"minute_of_day": 0}})
	settings := {"opens_minute": 360, "closes_minute": 1200, "effects": ["write", "destructive", "external"], "exempt_scopes": ["support"]}
	not "business_hours" in workflow.deny with input as given
		with data.policy.workflow.library.business_hours as settings
}

test_business_hours_other_hours_may_be_named if {
	settings := {"opens_minute": 700, "closes_minute": 1200, "effects": ["write", "destructive", "external"], "exempt_scopes": []}
	"business_hours" in workflow.deny with input as business_hours_call
		with data.policy.workflow.library.business_hours as settings
}

test_business_hours_a_missing_time_is_denied if {
	given := json.remove(business_hours_call, ["/environment/minute_of_day"])
	"business_hours" in workflow.deny with input as given
		with data.policy.workflow.library.business_hours as business_hours_settings
}

test_business_hours_holds_for_every_call_without_configuration if {
	"business_hours" in workflow.deny with input as {}
		with data.policy.workflow.library.business_hours as {}
}
