package policy.compliance_test

import data.policy.compliance

cross_border_settings := {"areas": {"eu": ["eu-west", "eu-central", "eu-north", "eu-south"], "us": ["us-east", "us-west"], "uk": ["uk-south", "uk-west"], "ch": ["ch-north"]}, "classes": ["personal_data", "customer_data", "employee_data", "health_data", "payment_data"], "crossings": {}}

cross_border_call := {"environment": {"region": "eu-west"}, "action": {"region": "eu-central", "data_classes_referenced": ["customer_data"]}}

test_cross_border_within_an_area_nothing_is_denied if {
	not "cross_border" in compliance.deny with input as cross_border_call
		with data.policy.compliance.library.cross_border as cross_border_settings
}

test_cross_border_a_crossing_is_denied if {
	every part in [
		{"action": {"region": "us-east"}},
		{"action": {"region": "unknown"}},
		{"environment": {"region": "unknown"}},
		{"environment": {"region": "unknown"}, "action": {"region": "unknown"}},
	] {
		"cross_border" in compliance.deny with input as object.union(cross_border_call, part)
			with data.policy.compliance.library.cross_border as cross_border_settings
	}
}

test_cross_border_a_listed_crossing_is_not_denied if {
	given := object.union(cross_border_call, {"action": {"region": "us-east"}})
	settings := {"areas": {"eu": ["eu-west", "eu-central", "eu-north", "eu-south"], "us": ["us-east", "us-west"], "uk": ["uk-south", "uk-west"], "ch": ["ch-north"]}, "classes": ["personal_data", "customer_data", "employee_data", "health_data", "payment_data"], "crossings": {"eu": ["ch", "us"]}}
	not "cross_border" in compliance.deny with input as given
		with data.policy.compliance.library.cross_border as settings
}

test_cross_border_a_crossing_holds_in_its_direction if {
	given := object.union(cross_border_call, {"environment": {"region": "us-east"}})
	settings := {"areas": {"eu": ["eu-west", "eu-central", "eu-north", "eu-south"], "us": ["us-east", "us-west"], "uk": ["uk-south", "uk-west"], "ch": ["ch-north"]}, "classes": ["personal_data", "customer_data", "employee_data", "health_data", "payment_data"], "crossings": {"eu": ["us"]}}
	"cross_border" in compliance.deny with input as given
		with data.policy.compliance.library.cross_border as settings
}

test_cross_border_other_data_may_cross if {
	given := object.union(cross_border_call, {"action": {"region": "us-east", "data_classes_referenced": ["public"]}})
	not "cross_border" in compliance.deny with input as given
		with data.policy.compliance.library.cross_border as cross_border_settings
}

test_cross_border_holds_for_every_call_without_configuration if {
	"cross_border" in compliance.deny with input as {}
		with data.policy.compliance.library.cross_border as {}
}
