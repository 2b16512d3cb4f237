package policy.workflow_test

import data.policy.workflow

night_deletes_settings := {"from_minute": 1200, "until_minute": 360, "effects": ["destructive"], "exempt_scopes": []}

night_deletes_call := {"agent": {"scope": "support"}, "action": {"effects": ["destructive"]}, "environment": {"minute_of_day": 600}}

test_night_deletes_by_day_nothing_is_denied if {
	every part in [
		{},
		{"environment": {"minute_of_day": 360}},
		{"environment": {"minute_of_day": 1199}},
	] {
		not "night_deletes" in workflow.deny with input as object.union(night_deletes_call, part)
			with data.policy.workflow.library.night_deletes as night_deletes_settings
	}
}

test_night_deletes_at_night_deletions_are_denied if {
	every part in [
		{"environment": {"minute_of_day": 359}},
		{"environment": {"minute_of_day": 1200}},
		{"environment": {"minute_of_day": 1439}},
		{"environment": {"minute_of_day": 0}},
	] {
		"night_deletes" in workflow.deny with input as object.union(night_deletes_call, part)
			with data.policy.workflow.library.night_deletes as night_deletes_settings
	}
}

test_night_deletes_writing_is_not_denied if {
	given := object.union(night_deletes_call, {"action": {"effects": ["write"]}, "environment": {"minute_of_day": 0}})
	not "night_deletes" in workflow.deny with input as given
		with data.policy.workflow.library.night_deletes as night_deletes_settings
}

test_night_deletes_an_exempt_scope_is_not_denied if {
	given := object.union(night_deletes_call, {"environment": {"minute_of_day": 0}})
	settings := {"from_minute": 1200, "until_minute": 360, "effects": ["destructive"], "exempt_scopes": ["support"]}
	not "night_deletes" in workflow.deny with input as given
		with data.policy.workflow.library.night_deletes as settings
}

test_night_deletes_holds_for_every_call_without_configuration if {
	"night_deletes" in workflow.deny with input as {}
		with data.policy.workflow.library.night_deletes as {}
}
