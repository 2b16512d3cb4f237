package policy.workflow_test

import data.policy.workflow

budget_share_settings := {"percent": 80, "exempt": [], "required": []}

budget_share_call := {"usage": {"weekly": {"limit": 1000, "used": 700, "reserved": 99}}}

test_budget_share_a_smaller_share_does_not_ask if {
	not "budget_share" in workflow.require_approval with input as budget_share_call
		with data.policy.workflow.library.budget_share as budget_share_settings
}

test_budget_share_the_share_itself_asks if {
	given := object.union(budget_share_call, {"usage": {"weekly": {"reserved": 100}}})
	"budget_share" in workflow.require_approval with input as given
		with data.policy.workflow.library.budget_share as budget_share_settings
}

test_budget_share_more_asks if {
	every part in [
		{"usage": {"weekly": {"used": 1000}}},
		{"usage": {"daily": {"limit": 10, "used": 9, "reserved": 0}}},
	] {
		"budget_share" in workflow.require_approval with input as object.union(budget_share_call, part)
			with data.policy.workflow.library.budget_share as budget_share_settings
	}
}

test_budget_share_no_budget_does_not_ask if {
	given := json.remove(budget_share_call, ["/usage/weekly"])
	not "budget_share" in workflow.require_approval with input as given
		with data.policy.workflow.library.budget_share as budget_share_settings
}

test_budget_share_an_exempt_budget_does_not_ask if {
	given := object.union(budget_share_call, {"usage": {"weekly": {"used": 1000}}})
	not "budget_share" in workflow.require_approval with input as given
		with data.policy.workflow.library.budget_share as {"percent": 80, "exempt": ["weekly"], "required": []}
}

test_budget_share_a_required_budget_that_is_missing_asks if {
	"budget_share" in workflow.require_approval with input as budget_share_call
		with data.policy.workflow.library.budget_share as {"percent": 80, "exempt": [], "required": ["daily"]}
}

test_budget_share_a_required_budget_that_is_there_does_not_ask if {
	not "budget_share" in workflow.require_approval with input as budget_share_call
		with data.policy.workflow.library.budget_share as {"percent": 80, "exempt": [], "required": ["weekly"]}
}

test_budget_share_a_budget_of_nothing_asks if {
	given := object.union(budget_share_call, {"usage": {"weekly": {"limit": 0, "used": 0, "reserved": 0}}})
	"budget_share" in workflow.require_approval with input as given
		with data.policy.workflow.library.budget_share as budget_share_settings
}

test_budget_share_a_budget_without_numbers_asks if {
	given := json.remove(budget_share_call, ["/usage/weekly/used"])
	"budget_share" in workflow.require_approval with input as given
		with data.policy.workflow.library.budget_share as budget_share_settings
}

test_budget_share_another_share_may_be_named if {
	"budget_share" in workflow.require_approval with input as budget_share_call
		with data.policy.workflow.library.budget_share as {"percent": 50, "exempt": [], "required": []}
}

test_budget_share_holds_for_every_call_without_configuration if {
	"budget_share" in workflow.require_approval with input as {}
		with data.policy.workflow.library.budget_share as {}
}
