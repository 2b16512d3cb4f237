package policy.compliance_test

import data.policy.compliance

data_residency_settings := {"regions": {"public": ["*"], "customer_data": ["eu-west", "eu-central"]}}

data_residency_call := {"action": {"region": "eu-west", "data_classes_referenced": ["customer_data"]}}

test_data_residency_data_in_its_regions_is_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": ["public"]}},
		{"action": {"data_classes_referenced": []}},
		{"action": {"region": "us-east", "data_classes_referenced": ["public"]}},
	] {
		not "data_residency" in compliance.deny with input as object.union(data_residency_call, part)
			with data.policy.compliance.library.data_residency as data_residency_settings
	}
}

test_data_residency_data_elsewhere_is_denied if {
	every part in [
		{"action": {"region": "us-east"}},
		{"action": {"region": "unknown"}},
		{"action": {"data_classes_referenced": ["health_data"]}},
		{"action": {"data_classes_referenced": ["public", "health_data"]}},
		{"action": {"region": "unknown", "data_classes_referenced": ["public"]}},
	] {
		"data_residency" in compliance.deny with input as object.union(data_residency_call, part)
			with data.policy.compliance.library.data_residency as data_residency_settings
	}
}

test_data_residency_holds_for_every_call_without_configuration if {
	"data_residency" in compliance.deny with input as {}
		with data.policy.compliance.library.data_residency as {}
}
