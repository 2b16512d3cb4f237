package policy.workflow_test

import data.policy.workflow

weekends_settings := {"days": ["saturday", "sunday"], "effects": ["write", "destructive", "external"], "exempt_scopes": []}

weekends_call := {"agent": {"scope": "support"}, "action": {"effects": ["write"]}, "environment": {"weekday": "friday"}}

test_weekends_on_a_working_day_nothing_is_denied if {
	not "weekends" in workflow.deny with input as weekends_call
		with data.policy.workflow.library.weekends as weekends_settings
}

test_weekends_on_a_weekend_changes_are_denied if {
	every part in [
		{"environment": {"weekday": "saturday"}},
		{"environment": {"weekday": "sunday"}},
	] {
		"weekends" in workflow.deny with input as object.union(weekends_call, part)
			with data.policy.workflow.library.weekends as weekends_settings
	}
}

test_weekends_reading_is_never_denied if {
	given := object.union(weekends_call, {"action": {"effects": ["read"]}, "environment": {"weekday": "sunday"}})
	not "weekends" in workflow.deny with input as given
		with data.policy.workflow.library.weekends as weekends_settings
}

test_weekends_an_exempt_scope_is_not_denied if {
	given := object.union(weekends_call, {"environment": {"weekday": "sunday"}})
	settings := {"days": ["saturday", "sunday"], "effects": ["write", "destructive", "external"], "exempt_scopes": ["support"]}
	not "weekends" in workflow.deny with input as given
		with data.policy.workflow.library.weekends as settings
}

test_weekends_other_days_may_be_named if {
	settings := {"days": ["friday"], "effects": ["write", "destructive", "external"], "exempt_scopes": []}
	"weekends" in workflow.deny with input as weekends_call
		with data.policy.workflow.library.weekends as settings
}

test_weekends_holds_for_every_call_without_configuration if {
	"weekends" in workflow.deny with input as {}
		with data.policy.workflow.library.weekends as {}
}
