package policy.workflow_test

import data.policy.workflow

prompt_size_settings := {"max": {"default": 10, "batch": 20}}

prompt_size_call := {"agent": {"scope": "support"}, "action": {"estimated_tokens": 10}}

test_prompt_size_at_the_limit_is_not_denied if {
	not "prompt_size" in workflow.deny with input as prompt_size_call
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_above_the_limit_is_denied if {
	given := object.union(prompt_size_call, {"action": {"estimated_tokens": 11}})
	"prompt_size" in workflow.deny with input as given
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_below_the_limit_is_not_denied if {
	given := object.union(prompt_size_call, {"action": {"estimated_tokens": 0}})
	not "prompt_size" in workflow.deny with input as given
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(prompt_size_call, {"agent": {"scope": "batch"}, "action": {"estimated_tokens": 20}})
	not "prompt_size" in workflow.deny with input as given
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_a_limit_of_a_scope_is_a_limit if {
	given := object.union(prompt_size_call, {"agent": {"scope": "batch"}, "action": {"estimated_tokens": 21}})
	"prompt_size" in workflow.deny with input as given
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_a_missing_count_is_denied if {
	given := json.remove(prompt_size_call, ["/action/estimated_tokens"])
	"prompt_size" in workflow.deny with input as given
		with data.policy.workflow.library.prompt_size as prompt_size_settings
}

test_prompt_size_a_missing_limit_is_no_permission if {
	"prompt_size" in workflow.deny with input as prompt_size_call
		with data.policy.workflow.library.prompt_size as {"max": {}}
}

test_prompt_size_a_limit_that_is_no_number_is_none if {
	"prompt_size" in workflow.deny with input as prompt_size_call
		with data.policy.workflow.library.prompt_size as {"max": {"default": "99"}}
}

test_prompt_size_no_configuration_is_no_permission if {
	"prompt_size" in workflow.deny with input as prompt_size_call
		with data.policy.workflow.library.prompt_size as {}
}
