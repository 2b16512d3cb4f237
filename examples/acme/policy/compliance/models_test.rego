package policy.compliance_test

import data.policy.compliance

test_a_model_that_was_reviewed_for_the_data_is_not_denied if {
	count(compliance.deny) == 0 with input as model_call("northstar", "eu-central", ["customer_data"])
}

test_a_model_that_was_not_reviewed_is_denied_whatever_it_is_sent if {
	compliance.deny == {"models_by_class_unlisted"} with input as model_call("mystery-1", "eu-west", [])
}

test_a_model_that_was_not_reviewed_may_not_receive_anything_either if {
	denials := compliance.deny with input as model_call("mystery-1", "eu-west", ["public"])
	denials == {"models_by_class_unlisted", "models_by_class"}
}

test_a_model_may_not_receive_a_class_it_was_not_reviewed_for if {
	compliance.deny == {"models_by_class"} with input as model_call("northstar", "eu-central", ["payment_data"])
}

test_a_model_in_the_wrong_region_is_denied_for_both if {
	denials := compliance.deny with input as model_call("atlas-max", "us-east", ["customer_data"])
	denials == {"data_residency", "models_by_class"}
}

test_the_suggested_model_may_receive_everything if {
	every class, _ in data.policy.compliance.library.data_residency.regions {
		count({id | some id in compliance.deny; id != "user_class_access"}) == 0
			with input as model_call("onprem-70b", "eu-west", [class])
	}
}

test_tools_are_no_models if not "models_by_class_unlisted" in compliance.deny with input as calm
