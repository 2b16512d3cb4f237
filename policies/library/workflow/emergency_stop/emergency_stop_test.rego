package policy.workflow_test

import data.policy.workflow

emergency_stop_settings := {"flags": ["agents_stopped"], "agents": [], "scopes": [], "teams": []}

emergency_stop_call := {"agent": {"id": "support-bot", "scope": "support", "owner_team": "cx", "chain": ["planner-bot"]}, "environment": {"flags": {}}}

test_emergency_stop_nothing_is_stopped_by_default if {
	not "emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as emergency_stop_settings
}

test_emergency_stop_the_flag_stops_every_agent if {
	given := object.union(emergency_stop_call, {"environment": {"flags": {"agents_stopped": true}}})
	"emergency_stop" in workflow.deny with input as given
		with data.policy.workflow.library.emergency_stop as emergency_stop_settings
}

test_emergency_stop_a_flag_that_is_not_set_stops_nobody if {
	given := object.union(emergency_stop_call, {"environment": {"flags": {"agents_stopped": false, "change_freeze": true}}})
	not "emergency_stop" in workflow.deny with input as given
		with data.policy.workflow.library.emergency_stop as emergency_stop_settings
}

test_emergency_stop_an_agent_can_be_stopped if {
	settings := {"flags": ["agents_stopped"], "agents": ["support-bot"], "scopes": [], "teams": []}
	"emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as settings
}

test_emergency_stop_who_delegated_can_be_stopped if {
	settings := {"flags": ["agents_stopped"], "agents": ["planner-bot"], "scopes": [], "teams": []}
	"emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as settings
}

test_emergency_stop_a_scope_can_be_stopped if {
	settings := {"flags": ["agents_stopped"], "agents": [], "scopes": ["support"], "teams": []}
	"emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as settings
}

test_emergency_stop_a_team_can_be_stopped if {
	settings := {"flags": ["agents_stopped"], "agents": [], "scopes": [], "teams": ["cx"]}
	"emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as settings
}

test_emergency_stop_others_go_on if {
	settings := {"flags": ["agents_stopped"], "agents": ["sales-bot"], "scopes": ["sales"], "teams": ["revenue"]}
	not "emergency_stop" in workflow.deny with input as emergency_stop_call
		with data.policy.workflow.library.emergency_stop as settings
}

test_emergency_stop_holds_for_every_call_without_configuration if {
	"emergency_stop" in workflow.deny with input as {}
		with data.policy.workflow.library.emergency_stop as {}
}
