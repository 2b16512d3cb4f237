package policy.workflow_test

import data.policy.workflow

calls_in_a_row_settings := {"max": {"default": 10, "batch": 20}}

calls_in_a_row_call := {"agent": {"scope": "support"}, "context": {"tool_calls_in_a_row": 10}}

test_calls_in_a_row_at_the_limit_is_not_denied if {
	not "calls_in_a_row" in workflow.deny with input as calls_in_a_row_call
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_above_the_limit_is_denied if {
	given := object.union(calls_in_a_row_call, {"context": {"tool_calls_in_a_row": 11}})
	"calls_in_a_row" in workflow.deny with input as given
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_below_the_limit_is_not_denied if {
	given := object.union(calls_in_a_row_call, {"context": {"tool_calls_in_a_row": 0}})
	not "calls_in_a_row" in workflow.deny with input as given
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(calls_in_a_row_call, {"agent": {"scope": "batch"}, "context": {"tool_calls_in_a_row": 20}})
	not "calls_in_a_row" in workflow.deny with input as given
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_a_limit_of_a_scope_is_a_limit if {
	given := object.union(calls_in_a_row_call, {"agent": {"scope": "batch"}, "context": {"tool_calls_in_a_row": 21}})
	"calls_in_a_row" in workflow.deny with input as given
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_a_missing_count_is_denied if {
	given := json.remove(calls_in_a_row_call, ["/context/tool_calls_in_a_row"])
	"calls_in_a_row" in workflow.deny with input as given
		with data.policy.workflow.library.calls_in_a_row as calls_in_a_row_settings
}

test_calls_in_a_row_a_missing_limit_is_no_permission if {
	"calls_in_a_row" in workflow.deny with input as calls_in_a_row_call
		with data.policy.workflow.library.calls_in_a_row as {"max": {}}
}

test_calls_in_a_row_a_limit_that_is_no_number_is_none if {
	"calls_in_a_row" in workflow.deny with input as calls_in_a_row_call
		with data.policy.workflow.library.calls_in_a_row as {"max": {"default": "99"}}
}

test_calls_in_a_row_no_configuration_is_no_permission if {
	"calls_in_a_row" in workflow.deny with input as calls_in_a_row_call
		with data.policy.workflow.library.calls_in_a_row as {}
}
