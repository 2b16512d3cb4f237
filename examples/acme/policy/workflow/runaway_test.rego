package policy.workflow_test

import data.policy.workflow

test_nothing_is_denied_to_a_calm_conversation if count(workflow.deny) == 0 with input as calm

test_the_call_that_is_repeated_once_too_often_is_denied if {
	workflow.deny == {"identical_calls"} with input as context({"identical_calls": 6})
}

test_a_call_may_be_repeated_up_to_the_limit if count(workflow.deny) == 0 with input as context({"identical_calls": 5})

test_too_many_turns_are_denied if workflow.deny == {"turn_ceiling"} with input as context({"turn_count": 61})

test_turns_at_the_limit_are_not_denied if count(workflow.deny) == 0 with input as context({"turn_count": 60})

test_too_many_calls_in_a_row_are_denied if {
	workflow.deny == {"calls_in_a_row"} with input as context({"tool_calls_in_a_row": 81})
}

test_calls_in_a_row_at_the_limit_are_not_denied if {
	count(workflow.deny) == 0 with input as context({"tool_calls_in_a_row": 80})
}

test_too_many_tokens_are_denied if {
	workflow.deny == {"token_ceiling"} with input as context({"cumulative_tokens": 200001})
}

test_tokens_at_the_limit_are_not_denied if {
	count(workflow.deny) == 0 with input as context({"cumulative_tokens": 200000})
}

test_an_old_session_is_denied if {
	workflow.deny == {"session_age"} with input as context({"session_age_seconds": 28801})
}

test_a_session_at_the_limit_is_not_denied if {
	count(workflow.deny) == 0 with input as context({"session_age_seconds": 28800})
}

test_a_scope_may_have_limits_of_its_own if {
	"turn_ceiling" in workflow.deny with input as scoped("batch", {"turn_count": 6})
	count(workflow.deny) == 0 with input as scoped("batch", {"turn_count": 5, "tool_calls_in_a_row": 400})
	count(workflow.deny) == 0 with input as scoped("operations", {"cumulative_tokens": 400000})
}

test_an_unknown_scope_has_the_default_limits if {
	"turn_ceiling" in workflow.deny with input as scoped("unknown", {"turn_count": 61})
}
