package policy.workflow_test

import data.policy.workflow

turn_ceiling_settings := {"max": {"default": 10, "batch": 20}}

turn_ceiling_call := {"agent": {"scope": "support"}, "context": {"turn_count": 10}}

test_turn_ceiling_at_the_limit_is_not_denied if {
	not "turn_ceiling" in workflow.deny with input as turn_ceiling_call
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_above_the_limit_is_denied if {
	given := object.union(turn_ceiling_call, {"context": {"turn_count": 11}})
	"turn_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_below_the_limit_is_not_denied if {
	given := object.union(turn_ceiling_call, {"context": {"turn_count": 0}})
	not "turn_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(turn_ceiling_call, {"agent": {"scope": "batch"}, "context": {"turn_count": 20}})
	not "turn_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_a_limit_of_a_scope_is_a_limit if {
	given := object.union(turn_ceiling_call, {"agent": {"scope": "batch"}, "context": {"turn_count": 21}})
	"turn_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_a_missing_count_is_denied if {
	given := json.remove(turn_ceiling_call, ["/context/turn_count"])
	"turn_ceiling" in workflow.deny with input as given
		with data.policy.workflow.library.turn_ceiling as turn_ceiling_settings
}

test_turn_ceiling_a_missing_limit_is_no_permission if {
	"turn_ceiling" in workflow.deny with input as turn_ceiling_call
		with data.policy.workflow.library.turn_ceiling as {"max": {}}
}

test_turn_ceiling_a_limit_that_is_no_number_is_none if {
	"turn_ceiling" in workflow.deny with input as turn_ceiling_call
		with data.policy.workflow.library.turn_ceiling as {"max": {"default": "99"}}
}

test_turn_ceiling_no_configuration_is_no_permission if {
	"turn_ceiling" in workflow.deny with input as turn_ceiling_call
		with data.policy.workflow.library.turn_ceiling as {}
}
