package policy.resource_test

import data.policy.resource

destructive_asks_settings := {"effects": ["destructive"], "exempt_targets": []}

destructive_asks_call := {"action": {"effects": ["read", "write"], "target": {"kind": "tool", "id": "crm.delete"}}}

test_destructive_asks_reading_and_writing_do_not_ask if {
	not "destructive_asks" in resource.require_approval with input as destructive_asks_call
		with data.policy.resource.library.destructive_asks as destructive_asks_settings
}

test_destructive_asks_destroying_asks if {
	every part in [
		{"action": {"effects": ["destructive"]}},
		{"action": {"effects": ["read", "write", "destructive", "external"]}},
	] {
		"destructive_asks" in resource.require_approval with input as object.union(destructive_asks_call, part)
			with data.policy.resource.library.destructive_asks as destructive_asks_settings
	}
}

test_destructive_asks_an_exempt_target_does_not_ask if {
	given := object.union(destructive_asks_call, {"action": {"effects": ["destructive"]}})
	settings := {"effects": ["destructive"], "exempt_targets": ["crm.delete"]}
	not "destructive_asks" in resource.require_approval with input as given
		with data.policy.resource.library.destructive_asks as settings
}

test_destructive_asks_other_effects_may_be_named if {
	"destructive_asks" in resource.require_approval with input as destructive_asks_call
		with data.policy.resource.library.destructive_asks as {"effects": ["write"], "exempt_targets": []}
}

test_destructive_asks_holds_for_every_call_without_configuration if {
	"destructive_asks" in resource.require_approval with input as {}
		with data.policy.resource.library.destructive_asks as {}
}
