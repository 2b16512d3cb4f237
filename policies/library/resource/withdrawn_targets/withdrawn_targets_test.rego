package policy.resource_test

import data.policy.resource

withdrawn_targets_settings := {"targets": [], "servers": []}

withdrawn_targets_call := {"action": {"server": "crm", "target": {"kind": "tool", "id": "crm.read"}}}

test_withdrawn_targets_nothing_is_withdrawn_by_default if {
	not "withdrawn_targets" in resource.deny with input as withdrawn_targets_call
		with data.policy.resource.library.withdrawn_targets as withdrawn_targets_settings
}

test_withdrawn_targets_a_withdrawn_target_is_denied if {
	"withdrawn_targets" in resource.deny with input as withdrawn_targets_call
		with data.policy.resource.library.withdrawn_targets as {"targets": ["crm.read"], "servers": []}
}

test_withdrawn_targets_a_beginning_is_enough if {
	"withdrawn_targets" in resource.deny with input as withdrawn_targets_call
		with data.policy.resource.library.withdrawn_targets as {"targets": ["crm.r*"], "servers": []}
}

test_withdrawn_targets_other_targets_are_not_denied if {
	not "withdrawn_targets" in resource.deny with input as withdrawn_targets_call
		with data.policy.resource.library.withdrawn_targets as {"targets": ["crm.rea", "kb.*"], "servers": ["kb"]}
}

test_withdrawn_targets_a_withdrawn_server_is_denied if {
	"withdrawn_targets" in resource.deny with input as withdrawn_targets_call
		with data.policy.resource.library.withdrawn_targets as {"targets": [], "servers": ["crm"]}
}

test_withdrawn_targets_holds_for_every_call_without_configuration if {
	"withdrawn_targets" in resource.deny with input as {}
		with data.policy.resource.library.withdrawn_targets as {}
}
