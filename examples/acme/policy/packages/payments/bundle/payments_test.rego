package servers.payments_test

import data.servers.payments

call(tool, args) := {"action": {"server": "payments", "tool_name": tool, "args": args}}

refund(amount) := call("refund", {"payment_id": 3, "amount_cents": amount, "reason": "Parcel arrived damaged"})

payout(iban) := call("payout", {"iban": iban, "amount_cents": 5000, "reference": "Refund 3"})

test_a_larger_refund_waits_for_finance if payments.require_approval == {"large_refund"} with input as refund(10001)

test_a_refund_at_the_threshold_does_not_wait if count(payments.require_approval) == 0 with input as refund(10000)

test_a_small_refund_is_affirmed if payments.affirm == {"small_refund"} with input as refund(10000)

test_a_larger_refund_is_not_affirmed if count(payments.affirm) == 0 with input as refund(10001)

test_an_amount_that_is_no_number_is_left_to_the_resource_bundle if {
	every unusable in ["10", null, [1]] {
		count(payments.affirm) == 0 with input as refund(unusable)
		count(payments.require_approval) == 0 with input as refund(unusable)
	}
}

test_every_payout_waits_for_finance if payments.require_approval == {"payout"} with input as payout("DE02120300000000202051")

test_a_look_at_the_balance_does_not_wait if {
	count(payments.require_approval) == 0 with input as call("balance", {"customer_id": 7})
}

test_a_refund_without_a_reason_is_denied if {
	every unusable in ["", "    ", "ok", null, 7, ["damaged"]] {
		given := call("refund", {"payment_id": 3, "amount_cents": 500, "reason": unusable})
		payments.deny == {"refund_reason_missing"} with input as given
	}
	payments.deny == {"refund_reason_missing"} with input as call("refund", {"payment_id": 3, "amount_cents": 500})
}

test_a_refund_with_a_reason_is_not_denied if count(payments.deny) == 0 with input as refund(500)

test_a_payout_to_another_country_is_denied if {
	every unusable in ["RU0204452560040702810412345678901", "", "1234", null, 7, ["DE02"]] {
		payments.deny == {"payout_country"} with input as payout(unusable)
	}
	payments.deny == {"payout_country"} with input as call("payout", {"amount_cents": 5000})
}

test_a_payout_to_a_known_country_is_not_denied if count(payments.deny) == 0 with input as payout("de02120300000000202051")
