package policy.resource_test

import data.policy.resource

refund_limit_settings := {"name_parts": ["refund", "chargeback", "reimburse"], "arguments": ["amount_cents", "amount"], "max": {"amount_cents": 50000, "amount": 500}}

refund_limit_call := {"action": {"tool_name": "refund", "args": {"amount_cents": 50000}}}

test_refund_limit_a_refund_at_the_limit_is_not_denied if {
	every part in [
		{},
		{"action": {"args": {"amount_cents": 0}}},
	] {
		not "refund_limit" in resource.deny with input as object.union(refund_limit_call, part)
			with data.policy.resource.library.refund_limit as refund_limit_settings
	}
}

test_refund_limit_a_larger_refund_is_denied if {
	every part in [
		{"action": {"args": {"amount_cents": 50001}}},
		{"action": {"args": {"amount_cents": 1, "amount": 501}}},
		{"action": {"tool_name": "issue_Refund_v2", "args": {"amount_cents": 50001}}},
	] {
		"refund_limit" in resource.deny with input as object.union(refund_limit_call, part)
			with data.policy.resource.library.refund_limit as refund_limit_settings
	}
}

test_refund_limit_what_is_no_amount_is_denied if {
	every part in [
		{"action": {"args": {"amount_cents": "5"}}},
		{"action": {"args": {"amount_cents": null}}},
		{"action": {"args": {"amount_cents": -5}}},
	] {
		"refund_limit" in resource.deny with input as object.union(refund_limit_call, part)
			with data.policy.resource.library.refund_limit as refund_limit_settings
	}
}

test_refund_limit_a_missing_amount_is_denied if {
	given := json.remove(refund_limit_call, ["/action/args/amount_cents"])
	"refund_limit" in resource.deny with input as given
		with data.policy.resource.library.refund_limit as refund_limit_settings
}

test_refund_limit_other_tools_are_not_denied if {
	given := object.union(refund_limit_call, {"action": {"tool_name": "invoice", "args": {"amount_cents": 99999}}})
	not "refund_limit" in resource.deny with input as given
		with data.policy.resource.library.refund_limit as refund_limit_settings
}

test_refund_limit_an_argument_without_a_limit_is_denied if {
	settings := {"name_parts": ["refund", "chargeback", "reimburse"], "arguments": ["amount_cents", "amount"], "max": {"amount": 500}}
	"refund_limit" in resource.deny with input as refund_limit_call
		with data.policy.resource.library.refund_limit as settings
}

test_refund_limit_holds_for_every_call_without_configuration if {
	"refund_limit" in resource.deny with input as {}
		with data.policy.resource.library.refund_limit as {}
}
