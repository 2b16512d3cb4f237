package policy.identity_test

import data.policy.identity

delegation_narrows_settings := {"effects": {"default": ["read"]}}

delegation_narrows_call := {"agent": {"scope": "support", "chain": ["planner-bot"]}, "action": {"effects": ["read"]}}

test_delegation_narrows_delegated_reading_is_not_denied if {
	not "delegation_narrows" in identity.deny with input as delegation_narrows_call
		with data.policy.identity.library.delegation_narrows as delegation_narrows_settings
}

test_delegation_narrows_delegated_writing_is_denied if {
	every part in [
		{"action": {"effects": ["write"]}},
		{"action": {"effects": ["read", "external"]}},
		{"action": {"effects": ["destructive"]}},
	] {
		"delegation_narrows" in identity.deny with input as object.union(delegation_narrows_call, part)
			with data.policy.identity.library.delegation_narrows as delegation_narrows_settings
	}
}

test_delegation_narrows_direct_writing_is_not_denied if {
	given := object.union(delegation_narrows_call, {"agent": {"chain": []}, "action": {"effects": ["write"]}})
	not "delegation_narrows" in identity.deny with input as given
		with data.policy.identity.library.delegation_narrows as delegation_narrows_settings
}

test_delegation_narrows_a_scope_may_write if {
	given := object.union(delegation_narrows_call, {"action": {"effects": ["write"]}})
	settings := {"effects": {"default": ["read"], "support": ["read", "write"]}}
	not "delegation_narrows" in identity.deny with input as given
		with data.policy.identity.library.delegation_narrows as settings
}

test_delegation_narrows_another_scope_may_not if {
	given := object.union(delegation_narrows_call, {"action": {"effects": ["write"]}})
	settings := {"effects": {"default": ["read"], "refunds": ["read", "write"]}}
	"delegation_narrows" in identity.deny with input as given
		with data.policy.identity.library.delegation_narrows as settings
}

test_delegation_narrows_missing_effects_are_denied if {
	given := json.remove(delegation_narrows_call, ["/action/effects"])
	"delegation_narrows" in identity.deny with input as given
		with data.policy.identity.library.delegation_narrows as delegation_narrows_settings
}

test_delegation_narrows_holds_for_every_call_without_configuration if {
	"delegation_narrows" in identity.deny with input as {}
		with data.policy.identity.library.delegation_narrows as {}
}
