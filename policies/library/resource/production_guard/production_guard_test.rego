package policy.resource_test

import data.policy.resource

production_guard_settings := {"scopes": ["*"], "asking_effects": ["destructive"]}

production_guard_call := {"agent": {"scope": "support"}, "environment": {"is_production": true}, "action": {"effects": ["write"]}}

test_production_guard_writing_is_not_denied_by_default if {
	not "production_guard" in resource.deny with input as production_guard_call
		with data.policy.resource.library.production_guard as production_guard_settings
}

test_production_guard_a_scope_that_is_not_listed_may_not_write if {
	every part in [
		{},
		{"action": {"effects": ["destructive"]}},
	] {
		"production_guard" in resource.deny with input as object.union(production_guard_call, part)
			with data.policy.resource.library.production_guard as {"scopes": ["operations"], "asking_effects": ["destructive"]}
	}
}

test_production_guard_a_listed_scope_may_write if {
	not "production_guard" in resource.deny with input as production_guard_call
		with data.policy.resource.library.production_guard as {"scopes": ["support"], "asking_effects": ["destructive"]}
}

test_production_guard_reading_is_not_denied if {
	given := object.union(production_guard_call, {"action": {"effects": ["read", "external"]}})
	not "production_guard" in resource.deny with input as given
		with data.policy.resource.library.production_guard as {"scopes": [], "asking_effects": ["destructive"]}
}

test_production_guard_outside_production_nothing_is_denied if {
	given := object.union(production_guard_call, {"environment": {"is_production": false}})
	not "production_guard" in resource.deny with input as given
		with data.policy.resource.library.production_guard as {"scopes": [], "asking_effects": ["destructive"]}
}

test_production_guard_destroying_asks if {
	given := object.union(production_guard_call, {"action": {"effects": ["write", "destructive"]}})
	"production_guard_asks" in resource.require_approval with input as given
		with data.policy.resource.library.production_guard as production_guard_settings
}

test_production_guard_writing_does_not_ask if {
	not "production_guard_asks" in resource.require_approval with input as production_guard_call
		with data.policy.resource.library.production_guard as production_guard_settings
}

test_production_guard_outside_production_nothing_asks if {
	given := object.union(production_guard_call, {"environment": {"is_production": false}, "action": {"effects": ["destructive"]}})
	not "production_guard_asks" in resource.require_approval with input as given
		with data.policy.resource.library.production_guard as production_guard_settings
}

test_production_guard_holds_for_every_call_without_configuration if {
	"production_guard" in resource.deny with input as {}
		with data.policy.resource.library.production_guard as {}
}

test_production_guard_asks_holds_for_every_call_without_configuration if {
	"production_guard_asks" in resource.require_approval with input as {}
		with data.policy.resource.library.production_guard as {}
}
