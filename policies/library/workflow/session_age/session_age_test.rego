package policy.workflow_test

import data.policy.workflow

session_age_settings := {"max_seconds": {"default": 10, "batch": 20}}

session_age_call := {"agent": {"scope": "support"}, "context": {"session_age_seconds": 10}}

test_session_age_at_the_limit_is_not_denied if {
	not "session_age" in workflow.deny with input as session_age_call
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_above_the_limit_is_denied if {
	given := object.union(session_age_call, {"context": {"session_age_seconds": 11}})
	"session_age" in workflow.deny with input as given
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_below_the_limit_is_not_denied if {
	given := object.union(session_age_call, {"context": {"session_age_seconds": 0}})
	not "session_age" in workflow.deny with input as given
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_a_scope_may_have_a_limit_of_its_own if {
	given := object.union(session_age_call, {"agent": {"scope": "batch"}, "context": {"session_age_seconds": 20}})
	not "session_age" in workflow.deny with input as given
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_a_limit_of_a_scope_is_a_limit if {
	given := object.union(session_age_call, {"agent": {"scope": "batch"}, "context": {"session_age_seconds": 21}})
	"session_age" in workflow.deny with input as given
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_a_missing_count_is_denied if {
	given := json.remove(session_age_call, ["/context/session_age_seconds"])
	"session_age" in workflow.deny with input as given
		with data.policy.workflow.library.session_age as session_age_settings
}

test_session_age_a_missing_limit_is_no_permission if {
	"session_age" in workflow.deny with input as session_age_call
		with data.policy.workflow.library.session_age as {"max_seconds": {}}
}

test_session_age_a_limit_that_is_no_number_is_none if {
	"session_age" in workflow.deny with input as session_age_call
		with data.policy.workflow.library.session_age as {"max_seconds": {"default": "99"}}
}

test_session_age_no_configuration_is_no_permission if {
	"session_age" in workflow.deny with input as session_age_call
		with data.policy.workflow.library.session_age as {}
}
