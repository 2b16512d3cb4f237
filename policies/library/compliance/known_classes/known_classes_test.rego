package policy.compliance_test

import data.policy.compliance

known_classes_settings := {"classes": ["public", "internal", "personal_data", "customer_data", "employee_data", "health_data", "payment_data", "secret", "untrusted"], "classified_types": []}

known_classes_call := {"action": {"type": "tool_call", "data_classes_referenced": ["public", "customer_data"]}}

test_known_classes_known_classes_are_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": []}},
	] {
		not "known_classes" in compliance.deny with input as object.union(known_classes_call, part)
			with data.policy.compliance.library.known_classes as known_classes_settings
	}
}

test_known_classes_an_unknown_class_is_denied if {
	every part in [
		{"action": {"data_classes_referenced": ["new_data"]}},
		{"action": {"data_classes_referenced": ["public", "new_data"]}},
		{"action": {"data_classes_referenced": ["Public"]}},
	] {
		"known_classes" in compliance.deny with input as object.union(known_classes_call, part)
			with data.policy.compliance.library.known_classes as known_classes_settings
	}
}

test_known_classes_a_type_may_need_a_class if {
	given := object.union(known_classes_call, {"action": {"data_classes_referenced": []}})
	settings := {"classes": ["public", "internal", "personal_data", "customer_data", "employee_data", "health_data", "payment_data", "secret", "untrusted"], "classified_types": ["tool_call"]}
	"known_classes" in compliance.deny with input as given
		with data.policy.compliance.library.known_classes as settings
}

test_known_classes_other_types_do_not if {
	given := object.union(known_classes_call, {"action": {"data_classes_referenced": []}})
	settings := {"classes": ["public", "internal", "personal_data", "customer_data", "employee_data", "health_data", "payment_data", "secret", "untrusted"], "classified_types": ["model_call"]}
	not "known_classes" in compliance.deny with input as given
		with data.policy.compliance.library.known_classes as settings
}

test_known_classes_holds_for_every_call_without_configuration if {
	"known_classes" in compliance.deny with input as {}
		with data.policy.compliance.library.known_classes as {}
}
