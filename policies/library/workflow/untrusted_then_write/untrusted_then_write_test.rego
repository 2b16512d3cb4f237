package policy.workflow_test

import data.policy.workflow

untrusted_then_write_settings := {"classes": ["untrusted"], "effects": ["write", "destructive", "external"], "exempt_targets": [], "exempt_types": ["model_call"]}

untrusted_then_write_call := {"action": {"type": "tool_call", "effects": ["write"], "target": {"kind": "tool", "id": "crm.update"}}, "context": {"data_classes_seen": ["public", "untrusted"]}}

test_untrusted_then_write_acting_asks_after_untrusted_data if {
	every part in [
		{},
		{"action": {"effects": ["read", "external"]}},
		{"action": {"effects": ["destructive"]}},
	] {
		"untrusted_then_write" in workflow.require_approval with input as object.union(untrusted_then_write_call, part)
			with data.policy.workflow.library.untrusted_then_write as untrusted_then_write_settings
	}
}

test_untrusted_then_write_reading_does_not_ask if {
	given := object.union(untrusted_then_write_call, {"action": {"effects": ["read"]}})
	not "untrusted_then_write" in workflow.require_approval with input as given
		with data.policy.workflow.library.untrusted_then_write as untrusted_then_write_settings
}

test_untrusted_then_write_without_untrusted_data_nothing_asks if {
	every part in [
		{"context": {"data_classes_seen": []}},
		{"context": {"data_classes_seen": ["public"]}},
	] {
		not "untrusted_then_write" in workflow.require_approval with input as object.union(untrusted_then_write_call, part)
			with data.policy.workflow.library.untrusted_then_write as untrusted_then_write_settings
	}
}

test_untrusted_then_write_a_harmless_target_does_not_ask if {
	settings := {"classes": ["untrusted"], "effects": ["write", "destructive", "external"], "exempt_targets": ["crm.update"], "exempt_types": ["model_call"]}
	not "untrusted_then_write" in workflow.require_approval with input as untrusted_then_write_call
		with data.policy.workflow.library.untrusted_then_write as settings
}

test_untrusted_then_write_a_model_call_does_not_ask if {
	given := object.union(untrusted_then_write_call, {"action": {"type": "model_call", "effects": ["external"]}})
	not "untrusted_then_write" in workflow.require_approval with input as given
		with data.policy.workflow.library.untrusted_then_write as untrusted_then_write_settings
}

test_untrusted_then_write_other_classes_may_be_named if {
	settings := {"classes": ["public"], "effects": ["write", "destructive", "external"], "exempt_targets": [], "exempt_types": ["model_call"]}
	"untrusted_then_write" in workflow.require_approval with input as untrusted_then_write_call
		with data.policy.workflow.library.untrusted_then_write as settings
}

test_untrusted_then_write_holds_for_every_call_without_configuration if {
	"untrusted_then_write" in workflow.require_approval with input as {}
		with data.policy.workflow.library.untrusted_then_write as {}
}
