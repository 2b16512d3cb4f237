package policy.identity_test

import data.policy.identity

delegation_depth_settings := {"max": {"default": 3}}

delegation_depth_call := {"agent": {"id": "d", "scope": "support", "chain": ["a", "b", "c"]}}

test_delegation_depth_a_chain_at_the_limit_is_not_denied if {
	not "delegation_depth" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as delegation_depth_settings
}

test_delegation_depth_a_longer_chain_is_denied if {
	given := object.union(delegation_depth_call, {"agent": {"chain": ["a", "b", "c", "e"]}})
	"delegation_depth" in identity.deny with input as given
		with data.policy.identity.library.delegation_depth as delegation_depth_settings
}

test_delegation_depth_no_chain_is_not_denied if {
	given := object.union(delegation_depth_call, {"agent": {"chain": []}})
	not "delegation_depth" in identity.deny with input as given
		with data.policy.identity.library.delegation_depth as delegation_depth_settings
}

test_delegation_depth_a_scope_may_have_a_limit_of_its_own if {
	"delegation_depth" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as {"max": {"default": 3, "support": 2}}
}

test_delegation_depth_a_limit_that_is_no_number_is_none if {
	"delegation_depth" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as {"max": {"default": 3, "support": "9"}}
}

test_delegation_depth_a_missing_chain_is_denied if {
	given := json.remove(delegation_depth_call, ["/agent/chain"])
	"delegation_depth" in identity.deny with input as given
		with data.policy.identity.library.delegation_depth as delegation_depth_settings
}

test_delegation_depth_a_missing_limit_is_no_permission if {
	"delegation_depth" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as {"max": {}}
}

test_delegation_depth_no_configuration_is_no_permission if {
	"delegation_depth" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as {}
}

test_delegation_depth_a_chain_that_turns_back_is_denied if {
	every part in [
		{"agent": {"chain": ["a", "d"]}},
		{"agent": {"chain": ["a", "b", "a"]}},
	] {
		"delegation_depth_loop" in identity.deny with input as object.union(delegation_depth_call, part)
			with data.policy.identity.library.delegation_depth as delegation_depth_settings
	}
}

test_delegation_depth_a_straight_chain_is_not_denied if {
	not "delegation_depth_loop" in identity.deny with input as delegation_depth_call
		with data.policy.identity.library.delegation_depth as delegation_depth_settings
}
