package policy.compliance_test

import data.policy.compliance

test_data_outside_its_regions_is_denied if {
	compliance.deny == {"data_residency"} with input as in_region("us-east", ["customer_data"])
}

test_an_unknown_region_is_outside_every_region if {
	"data_residency" in compliance.deny with input as in_region("unknown", ["public"])
}

test_data_in_its_regions_is_not_denied if count(compliance.deny) == 0 with input as in_region("eu-central", ["customer_data"])

test_a_class_that_is_not_listed_may_go_nowhere if {
	"data_residency" in compliance.deny with input as in_region("eu-west", ["health_data"])
}

test_a_call_without_classified_data_may_go_anywhere if {
	count(compliance.deny) == 0 with input as in_region("unknown", [])
}
