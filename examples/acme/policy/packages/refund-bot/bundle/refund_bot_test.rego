package subagents.refund_bot_test

import data.subagents.refund_bot

asked(args) := {"action": {"subagent": "refund_bot", "phase": "request", "effects": ["write"], "args": args}}

small := asked({"payment_id": 19, "amount_cents": 5000, "reason": "Damaged parcel"})

test_a_small_refund_is_affirmed if {
	count(refund_bot.deny) == 0 with input as small
	refund_bot.affirm == {"within_limit"} with input as small
}

test_a_refund_over_the_limit_is_denied if {
	every amount in [5001, 0, -100, "10", null, [1]] {
		refund_bot.deny == {"amount"} with input as asked({"amount_cents": amount})
		count(refund_bot.affirm) == 0 with input as asked({"amount_cents": amount})
	}
	refund_bot.deny == {"amount"} with input as asked({})
}

test_an_argument_that_it_does_not_know_is_denied if {
	refund_bot.deny == {"argument_unknown"} with input as asked({"amount_cents": 100, "iban": "DE02"})
}

test_an_effect_that_nobody_reviewed_is_denied if {
	every effect in ["destructive", "external"] {
		given := object.union(small, {"action": {"effects": ["write", effect]}})
		refund_bot.deny == {"effect"} with input as given
	}
}

test_it_stays_in_the_lists_of_those_who_may_ask_it if {
	given := object.union(small, {"action": {"phase": "list", "effects": ["destructive"]}})
	refund_bot.deny == set() with input as given
}
