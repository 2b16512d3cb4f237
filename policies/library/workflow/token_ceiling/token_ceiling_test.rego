package policy.workflow_test

import data.policy.workflow

token_ceiling_settings := {"max": {"default": 10, "batch": 20}}

token_ceiling_call := {"agent": {"scope": "support"}, "context": {"cumulative_tokens": 10}}

test_token_ceiling_at_the_limit_is_not_denied if {
	not "token_ceiling" in workflow.deny with input as token_ceiling_call
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_above_the_limit_is_denied if {
	given := object.union(token_ceiling_call, {"context": {"cumulative_tokens": 11}})
	"token_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_below_the_limit_is_not_denied if {
	given := object.union(token_ceiling_call, {"context": {"cumulative_tokens": 0}})
	not "token_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(token_ceiling_call, {"agent": {"scope": "batch"}, "context": {"cumulative_tokens": 20}})
	not "token_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_a_limit_of_a_scope_is_a_limit if {
	given := object.union(token_ceiling_call, {"agent": {"scope": "batch"}, "context": {"cumulative_tokens": 21}})
	"token_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_a_missing_count_is_denied if {
	given := json.remove(token_ceiling_call, ["/context/cumulative_tokens"])
	"token_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.token_ceiling as token_ceiling_settings
}

test_token_ceiling_a_missing_limit_is_no_permission if {
	"token_ceiling" in workflow.deny with input as token_ceiling_call
		with data.policy.workflow.library.token_ceiling as {"max": {}}
}

test_token_ceiling_a_limit_that_is_no_number_is_none if {
	"token_ceiling" in workflow.deny with input as token_ceiling_call
		with data.policy.workflow.library.token_ceiling as {"max": {"default": "99"}}
}

test_token_ceiling_no_configuration_is_no_permission if {
	"token_ceiling" in workflow.deny with input as token_ceiling_call
		with data.policy.workflow.library.token_ceiling as {}
}
