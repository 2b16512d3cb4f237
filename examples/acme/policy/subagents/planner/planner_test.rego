package subagents.planner_test

import data.subagents.planner

told(args) := {"action": {"subagent": "planner", "args": args}}

test_what_it_knows_is_not_denied if {
	count(planner.deny) == 0 with input as told({"payment_id": 19, "amount_cents": 1500, "reason": "Damaged parcel"})
}

test_what_it_does_not_know_is_denied if {
	planner.deny == {"argument_unknown"} with input as told({"payment_id": 19, "iban": "DE02"})
}
