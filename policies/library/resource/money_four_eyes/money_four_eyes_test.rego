package policy.resource_test

import data.policy.resource

money_four_eyes_settings := {"above": {"amount_cents": 10000}, "tools": {"payments.payout": "amount_cents"}, "effects": ["write", "destructive", "external"]}

money_four_eyes_call := {"action": {"tool": "payments.refund", "effects": ["write"], "args": {}}}

test_money_four_eyes_an_amount_at_the_threshold_does_not_ask if {
	every part in [
		{"action": {"args": {"amount_cents": 10000}}},
		{"action": {"args": {"amount_cents": 0}}},
		{"action": {"args": {}}},
		{"action": {"args": {"count": 99999}}},
	] {
		not "money_four_eyes" in resource.require_approval with input as object.union(money_four_eyes_call, part)
			with data.policy.resource.library.money_four_eyes as money_four_eyes_settings
	}
}

test_money_four_eyes_a_larger_amount_asks if {
	every part in [
		{"action": {"args": {"amount_cents": 10001}}},
		{"action": {"args": {"amount_cents": 10000.5}}},
	] {
		"money_four_eyes" in resource.require_approval with input as object.union(money_four_eyes_call, part)
			with data.policy.resource.library.money_four_eyes as money_four_eyes_settings
	}
}

test_money_four_eyes_reading_does_not_ask if {
	given := object.union(money_four_eyes_call, {"action": {"effects": ["read"], "args": {"amount_cents": 99999}}})
	not "money_four_eyes" in resource.require_approval with input as given
		with data.policy.resource.library.money_four_eyes as money_four_eyes_settings
}

test_money_four_eyes_a_threshold_that_is_no_number_is_none if {
	given := object.union(money_four_eyes_call, {"action": {"args": {"amount_cents": 1}}})
	settings := {"above": {"amount_cents": "10000"}, "tools": {"payments.payout": "amount_cents"}, "effects": ["write", "destructive", "external"]}
	"money_four_eyes" in resource.require_approval with input as given
		with data.policy.resource.library.money_four_eyes as settings
}

test_money_four_eyes_what_is_no_amount_is_denied if {
	every part in [
		{"action": {"args": {"amount_cents": "100"}}},
		{"action": {"args": {"amount_cents": null}}},
		{"action": {"args": {"amount_cents": -1}}},
		{"action": {"args": {"amount_cents": [5]}}},
		{"action": {"tool": "payments.payout"}},
	] {
		"money_four_eyes_unusable" in resource.deny with input as object.union(money_four_eyes_call, part)
			with data.policy.resource.library.money_four_eyes as money_four_eyes_settings
	}
}

test_money_four_eyes_an_amount_is_not_denied if {
	every part in [
		{"action": {"args": {"amount_cents": 99999}}},
		{"action": {"args": {"amount_cents": 0}}},
		{"action": {"args": {}}},
		{"action": {"tool": "payments.payout", "args": {"amount_cents": 5}}},
	] {
		not "money_four_eyes_unusable" in resource.deny with input as object.union(money_four_eyes_call, part)
			with data.policy.resource.library.money_four_eyes as money_four_eyes_settings
	}
}

test_money_four_eyes_holds_for_every_call_without_configuration if {
	"money_four_eyes" in resource.require_approval with input as {}
		with data.policy.resource.library.money_four_eyes as {}
}

test_money_four_eyes_unusable_holds_for_every_call_without_configuration if {
	"money_four_eyes_unusable" in resource.deny with input as {}
		with data.policy.resource.library.money_four_eyes as {}
}
