package policy.compliance_test

import data.policy.compliance

agent_clearance_settings := {"classes": {"default": ["public"], "support": ["public", "customer_data"]}}

agent_clearance_call := {"agent": {"scope": "support"}, "action": {"data_classes_referenced": ["customer_data"]}}

test_agent_clearance_a_listed_class_is_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": ["public"]}},
		{"action": {"data_classes_referenced": []}},
		{"agent": {"scope": "sales"}, "action": {"data_classes_referenced": ["public"]}},
	] {
		not "agent_clearance" in compliance.deny with input as object.union(agent_clearance_call, part)
			with data.policy.compliance.library.agent_clearance as agent_clearance_settings
	}
}

test_agent_clearance_other_classes_are_denied if {
	every part in [
		{"action": {"data_classes_referenced": ["payment_data"]}},
		{"agent": {"scope": "sales"}},
		{"agent": {"scope": "unknown"}},
		{"action": {"data_classes_referenced": ["customer_data", "payment_data"]}},
	] {
		"agent_clearance" in compliance.deny with input as object.union(agent_clearance_call, part)
			with data.policy.compliance.library.agent_clearance as agent_clearance_settings
	}
}

test_agent_clearance_a_missing_default_is_no_clearance if {
	given := object.union(agent_clearance_call, {"agent": {"scope": "sales"}, "action": {"data_classes_referenced": ["public"]}})
	"agent_clearance" in compliance.deny with input as given
		with data.policy.compliance.library.agent_clearance as {"classes": {"support": ["public"]}}
}

test_agent_clearance_holds_for_every_call_without_configuration if {
	"agent_clearance" in compliance.deny with input as {}
		with data.policy.compliance.library.agent_clearance as {}
}
