package policy.workflow_test

import data.policy.workflow

change_freeze_settings := {"flags": ["change_freeze"], "effects": ["destructive"], "exempt_scopes": []}

change_freeze_call := {"agent": {"scope": "support"}, "action": {"effects": ["write", "destructive"]}, "environment": {"is_production": true, "flags": {"change_freeze": true}}}

test_change_freeze_destroying_is_denied_during_a_freeze if {
	"change_freeze" in workflow.deny with input as change_freeze_call
		with data.policy.workflow.library.change_freeze as change_freeze_settings
}

test_change_freeze_without_a_freeze_nothing_is_denied if {
	every part in [
		{"environment": {"flags": {"change_freeze": false}}},
		{"environment": {"is_production": false}},
		{"action": {"effects": ["write"]}},
	] {
		not "change_freeze" in workflow.deny with input as object.union(change_freeze_call, part)
			with data.policy.workflow.library.change_freeze as change_freeze_settings
	}
}

test_change_freeze_a_flag_that_nobody_set_means_no_freeze if {
	given := json.remove(change_freeze_call, ["/environment/flags/change_freeze"])
	not "change_freeze" in workflow.deny with input as given
		with data.policy.workflow.library.change_freeze as change_freeze_settings
}

test_change_freeze_other_flags_may_be_named if {
	given := object.union(change_freeze_call, {"environment": {"flags": {"incident": true}}})
	settings := {"flags": ["incident"], "effects": ["destructive"], "exempt_scopes": []}
	"change_freeze" in workflow.deny with input as given
		with data.policy.workflow.library.change_freeze as settings
}

test_change_freeze_an_exempt_scope_is_not_denied if {
	settings := {"flags": ["change_freeze"], "effects": ["destructive"], "exempt_scopes": ["support"]}
	not "change_freeze" in workflow.deny with input as change_freeze_call
		with data.policy.workflow.library.change_freeze as settings
}

test_change_freeze_holds_for_every_call_without_configuration if {
	"change_freeze" in workflow.deny with input as {}
		with data.policy.workflow.library.change_freeze as {}
}
