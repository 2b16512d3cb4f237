package policy.resource_test

import data.policy.resource

subscriptions_settings := {"resources": {"crm": ["crm://products", "crm://prices/*"]}, "delegated": false}

subscriptions_call := {"agent": {"chain": []}, "action": {"type": "resource_subscribe", "server": "crm", "target": {"kind": "resource", "id": "crm://products"}}}

test_subscriptions_a_listed_resource_is_not_denied if {
	every part in [
		{},
		{"action": {"target": {"id": "crm://prices/7"}}},
	] {
		not "subscriptions" in resource.deny with input as object.union(subscriptions_call, part)
			with data.policy.resource.library.subscriptions as subscriptions_settings
	}
}

test_subscriptions_other_resources_are_denied if {
	every part in [
		{"action": {"target": {"id": "crm://customers/7"}}},
		{"action": {"server": "kb"}},
		{"action": {"target": {"id": "crm://products/1"}}},
	] {
		"subscriptions" in resource.deny with input as object.union(subscriptions_call, part)
			with data.policy.resource.library.subscriptions as subscriptions_settings
	}
}

test_subscriptions_nothing_is_listed_by_default if {
	"subscriptions" in resource.deny with input as subscriptions_call
		with data.policy.resource.library.subscriptions as {"resources": {}, "delegated": false}
}

test_subscriptions_reading_is_not_denied if {
	given := object.union(subscriptions_call, {"action": {"type": "resource_read", "target": {"id": "crm://customers/7"}}})
	not "subscriptions" in resource.deny with input as given
		with data.policy.resource.library.subscriptions as subscriptions_settings
}

test_subscriptions_a_delegated_agent_is_denied if {
	given := object.union(subscriptions_call, {"agent": {"chain": ["a"]}})
	"subscriptions" in resource.deny with input as given
		with data.policy.resource.library.subscriptions as subscriptions_settings
}

test_subscriptions_a_delegated_agent_may_be_let if {
	given := object.union(subscriptions_call, {"agent": {"chain": ["a"]}})
	settings := {"resources": {"crm": ["crm://products", "crm://prices/*"]}, "delegated": true}
	not "subscriptions" in resource.deny with input as given
		with data.policy.resource.library.subscriptions as settings
}

test_subscriptions_holds_for_every_call_without_configuration if {
	"subscriptions" in resource.deny with input as {}
		with data.policy.resource.library.subscriptions as {}
}
