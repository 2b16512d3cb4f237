package policy.compliance_test

import data.policy.compliance

personal_data_out_settings := {"classes": ["personal_data", "customer_data", "employee_data", "health_data", "payment_data", "secret"], "exempt_types": ["model_call"], "exempt_targets": []}

personal_data_out_call := {"action": {"type": "tool_call", "effects": ["external"], "target": {"kind": "tool", "id": "web.post"}, "data_classes_referenced": []}, "context": {"data_classes_seen": ["customer_data"]}}

test_personal_data_out_after_confined_data_nothing_leaves if {
	every part in [
		{},
		{"context": {"data_classes_seen": ["public", "secret"]}},
	] {
		"personal_data_out" in compliance.deny with input as object.union(personal_data_out_call, part)
			with data.policy.compliance.library.personal_data_out as personal_data_out_settings
	}
}

test_personal_data_out_confined_data_itself_does_not_leave if {
	given := object.union(personal_data_out_call, {"action": {"data_classes_referenced": ["health_data"]}, "context": {"data_classes_seen": []}})
	"personal_data_out" in compliance.deny with input as given
		with data.policy.compliance.library.personal_data_out as personal_data_out_settings
}

test_personal_data_out_other_data_may_leave if {
	given := object.union(personal_data_out_call, {"context": {"data_classes_seen": ["public"]}})
	not "personal_data_out" in compliance.deny with input as given
		with data.policy.compliance.library.personal_data_out as personal_data_out_settings
}

test_personal_data_out_what_stays_inside_is_not_denied if {
	given := object.union(personal_data_out_call, {"action": {"effects": ["read", "write"]}})
	not "personal_data_out" in compliance.deny with input as given
		with data.policy.compliance.library.personal_data_out as personal_data_out_settings
}

test_personal_data_out_a_model_call_has_its_own_rules if {
	given := object.union(personal_data_out_call, {"action": {"type": "model_call"}})
	not "personal_data_out" in compliance.deny with input as given
		with data.policy.compliance.library.personal_data_out as personal_data_out_settings
}

test_personal_data_out_an_exempt_target_is_not_denied if {
	settings := {"classes": ["personal_data", "customer_data", "employee_data", "health_data", "payment_data", "secret"], "exempt_types": ["model_call"], "exempt_targets": ["web.post"]}
	not "personal_data_out" in compliance.deny with input as personal_data_out_call
		with data.policy.compliance.library.personal_data_out as settings
}

test_personal_data_out_other_classes_may_be_named if {
	given := object.union(personal_data_out_call, {"context": {"data_classes_seen": ["draft"]}})
	settings := {"classes": ["draft"], "exempt_types": ["model_call"], "exempt_targets": []}
	"personal_data_out" in compliance.deny with input as given
		with data.policy.compliance.library.personal_data_out as settings
}

test_personal_data_out_holds_for_every_call_without_configuration if {
	"personal_data_out" in compliance.deny with input as {}
		with data.policy.compliance.library.personal_data_out as {}
}
