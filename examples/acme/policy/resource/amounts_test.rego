package policy.resource_test

import data.policy.resource

refund(amount) := call("support", "payments.refund", {"payment_id": 3, "amount_cents": amount})

test_an_amount_over_the_limit_is_denied if "amount_over_limit" in resource.deny with input as refund(50001)

test_an_amount_at_the_limit_is_not_denied if count(resource.deny) == 0 with input as refund(50000)

test_each_tool_has_its_own_limit if {
	payout := call("operations", "payments.payout", {"amount_cents": 500000})
	count(resource.deny) == 0 with input as payout
}

test_an_amount_that_is_no_number_is_denied if {
	every unusable in ["100", "99999999", null, true, [1], {}] {
		resource.deny == {"amount_unusable"} with input as refund(unusable)
	}
}

test_an_amount_below_a_cent_is_denied if {
	every unusable in [0, -5000, 0.5] { resource.deny == {"amount_unusable"} with input as refund(unusable) }
}

test_a_missing_amount_is_denied if {
	"amount_unusable" in resource.deny with input as call("support", "payments.refund", {"payment_id": 3})
}

test_a_tool_that_moves_no_money_needs_no_amount if {
	count(resource.deny) == 0 with input as call("support", "payments.balance", {"customer_id": 7})
}
