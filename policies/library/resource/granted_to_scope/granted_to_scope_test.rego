package policy.resource_test

import data.policy.resource

granted_to_scope_settings := {"targets": {"support": {"tool": ["crm.read", "kb.*"], "resource": ["crm::crm://products*"]}}}

granted_to_scope_call := {"agent": {"scope": "support"}, "action": {"server": "crm", "target": {"kind": "tool", "id": "crm.read"}}}

test_granted_to_scope_a_listed_target_is_granted if {
	every part in [
		{},
		{"action": {"target": {"id": "kb.search"}}},
		{"action": {"target": {"kind": "resource", "id": "crm://products/7"}}},
	] {
		"granted_to_scope" in resource.allow with input as object.union(granted_to_scope_call, part)
			with data.policy.resource.library.granted_to_scope as granted_to_scope_settings
	}
}

test_granted_to_scope_other_targets_are_not_granted if {
	every part in [
		{"action": {"target": {"id": "crm.delete"}}},
		{"action": {"target": {"kind": "prompt"}}},
		{"agent": {"scope": "sales"}},
		{"action": {"server": "kb", "target": {"kind": "resource", "id": "crm://products"}}},
		{"action": {"target": {"id": ""}}},
	] {
		not "granted_to_scope" in resource.allow with input as object.union(granted_to_scope_call, part)
			with data.policy.resource.library.granted_to_scope as granted_to_scope_settings
	}
}

test_granted_to_scope_nothing_is_granted_by_default if {
	not "granted_to_scope" in resource.allow with input as granted_to_scope_call
		with data.policy.resource.library.granted_to_scope as {"targets": {}}
}

test_granted_to_scope_nothing_is_granted_without_configuration if {
	not "granted_to_scope" in resource.allow with input as granted_to_scope_call
		with data.policy.resource.library.granted_to_scope as {}
}
