package policy.workflow_test

import data.policy.workflow

call_rate_settings := {"max": {"hourly-calls": 300}, "exempt_scopes": []}

call_rate_call := {"agent": {"scope": "support"}, "usage": {"hourly-calls": {"used": 298, "reserved": 1}}}

test_call_rate_below_the_limit_is_not_denied if {
	not "call_rate" in workflow.deny with input as call_rate_call
		with data.policy.workflow.library.call_rate as call_rate_settings
}

test_call_rate_the_limit_is_not_exceeded if {
	given := object.union(call_rate_call, {"usage": {"hourly-calls": {"reserved": 2}}})
	"call_rate" in workflow.deny with input as given
		with data.policy.workflow.library.call_rate as call_rate_settings
}

test_call_rate_a_missing_budget_is_denied if {
	given := json.remove(call_rate_call, ["/usage/hourly-calls"])
	"call_rate" in workflow.deny with input as given
		with data.policy.workflow.library.call_rate as call_rate_settings
}

test_call_rate_a_limit_that_is_no_number_is_none if {
	"call_rate" in workflow.deny with input as call_rate_call
		with data.policy.workflow.library.call_rate as {"max": {"hourly-calls": "300"}, "exempt_scopes": []}
}

test_call_rate_an_exempt_scope_is_not_denied if {
	given := object.union(call_rate_call, {"usage": {"hourly-calls": {"used": 999}}})
	not "call_rate" in workflow.deny with input as given
		with data.policy.workflow.library.call_rate as {"max": {"hourly-calls": 300}, "exempt_scopes": ["support"]}
}

test_call_rate_nothing_is_limited_by_default if {
	given := object.union(call_rate_call, {"usage": {"hourly-calls": {"used": 999}}})
	not "call_rate" in workflow.deny with input as given
		with data.policy.workflow.library.call_rate as {"max": {}, "exempt_scopes": []}
}

test_call_rate_holds_for_every_call_without_configuration if {
	"call_rate" in workflow.deny with input as {}
		with data.policy.workflow.library.call_rate as {}
}
