package policy.compliance_test

import data.policy.compliance

user_clearance_settings := {"open_classes": ["public"]}

user_clearance_call := {"user": {"data_classifications_authorized": ["internal", "customer_data"]}, "action": {"data_classes_referenced": ["customer_data"]}}

test_user_clearance_a_cleared_user_is_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": ["public", "internal"]}},
		{"action": {"data_classes_referenced": []}},
	] {
		not "user_clearance" in compliance.deny with input as object.union(user_clearance_call, part)
			with data.policy.compliance.library.user_clearance as user_clearance_settings
	}
}

test_user_clearance_a_user_who_is_not_cleared_is_denied if {
	every part in [
		{"action": {"data_classes_referenced": ["payment_data"]}},
		{"action": {"data_classes_referenced": ["customer_data", "payment_data"]}},
		{"user": {"data_classifications_authorized": []}},
	] {
		"user_clearance" in compliance.deny with input as object.union(user_clearance_call, part)
			with data.policy.compliance.library.user_clearance as user_clearance_settings
	}
}

test_user_clearance_missing_clearance_is_denied if {
	given := json.remove(user_clearance_call, ["/user/data_classifications_authorized"])
	"user_clearance" in compliance.deny with input as given
		with data.policy.compliance.library.user_clearance as user_clearance_settings
}

test_user_clearance_other_classes_may_be_open if {
	given := object.union(user_clearance_call, {"action": {"data_classes_referenced": ["payment_data"]}})
	not "user_clearance" in compliance.deny with input as given
		with data.policy.compliance.library.user_clearance as {"open_classes": ["payment_data"]}
}

test_user_clearance_nothing_has_to_be_open if {
	given := object.union(user_clearance_call, {"action": {"data_classes_referenced": ["public"]}})
	"user_clearance" in compliance.deny with input as given
		with data.policy.compliance.library.user_clearance as {"open_classes": []}
}

test_user_clearance_holds_for_every_call_without_configuration if {
	"user_clearance" in compliance.deny with input as {}
		with data.policy.compliance.library.user_clearance as {}
}
