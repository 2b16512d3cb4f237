package policy.workflow_test

import data.policy.workflow

identical_calls_settings := {"max": {"default": 10, "batch": 20}}

identical_calls_call := {"agent": {"scope": "support"}, "context": {"identical_calls": 10}}

test_identical_calls_at_the_limit_is_not_denied if {
	not "identical_calls" in workflow.deny with input as identical_calls_call
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_above_the_limit_is_denied if {
	given := object.union(identical_calls_call, {"context": {"identical_calls": 11}})
	"identical_calls" in workflow.deny with input as given
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_below_the_limit_is_not_denied if {
	given := object.union(identical_calls_call, {"context": {"identical_calls": 0}})
	not "identical_calls" in workflow.deny with input as given
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(identical_calls_call, {"agent": {"scope": "batch"}, "context": {"identical_calls": 20}})
	not "identical_calls" in workflow.deny with input as given
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_a_limit_of_a_scope_is_a_limit if {
	given := object.union(identical_calls_call, {"agent": {"scope": "batch"}, "context": {"identical_calls": 21}})
	"identical_calls" in workflow.deny with input as given
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_a_missing_count_is_denied if {
	given := json.remove(identical_calls_call, ["/context/identical_calls"])
	"identical_calls" in workflow.deny with input as given
		with data.policy.workflow.library.identical_calls as identical_calls_settings
}

test_identical_calls_a_missing_limit_is_no_permission if {
	"identical_calls" in workflow.deny with input as identical_calls_call
		with data.policy.workflow.library.identical_calls as {"max": {}}
}

test_identical_calls_a_limit_that_is_no_number_is_none if {
	"identical_calls" in workflow.deny with input as identical_calls_call
		with data.policy.workflow.library.identical_calls as {"max": {"default": "99"}}
}

test_identical_calls_no_configuration_is_no_permission if {
	"identical_calls" in workflow.deny with input as identical_calls_call
		with data.policy.workflow.library.identical_calls as {}
}
