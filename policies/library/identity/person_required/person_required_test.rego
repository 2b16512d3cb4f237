package policy.identity_test

import data.policy.identity

person_required_settings := {"effects": ["destructive", "external"], "kinds": ["human"], "action_types": ["tool_call", "subagent_call", "task"]}

person_required_call := {"user": {"kind": "none"}, "action": {"type": "tool_call", "effects": ["read"]}}

test_person_required_reading_needs_nobody if {
	not "person_required" in identity.deny with input as person_required_call
		with data.policy.identity.library.person_required as person_required_settings
}

test_person_required_destroying_and_reaching_outside_need_a_person if {
	every part in [
		{"action": {"effects": ["destructive"]}},
		{"action": {"effects": ["read", "external"]}},
		{"user": {"kind": "service"}, "action": {"effects": ["destructive"]}},
	] {
		"person_required" in identity.deny with input as object.union(person_required_call, part)
			with data.policy.identity.library.person_required as person_required_settings
	}
}

test_person_required_a_person_may if {
	given := object.union(person_required_call, {"user": {"kind": "human"}, "action": {"effects": ["destructive"]}})
	not "person_required" in identity.deny with input as given
		with data.policy.identity.library.person_required as person_required_settings
}

test_person_required_a_model_call_needs_nobody if {
	given := object.union(person_required_call, {"action": {"type": "model_call", "effects": ["external"]}})
	not "person_required" in identity.deny with input as given
		with data.policy.identity.library.person_required as person_required_settings
}

test_person_required_service_accounts_may_be_let if {
	given := object.union(person_required_call, {"user": {"kind": "service"}, "action": {"effects": ["destructive"]}})
	settings := {"effects": ["destructive", "external"], "kinds": ["human", "service"], "action_types": ["tool_call", "subagent_call", "task"]}
	not "person_required" in identity.deny with input as given
		with data.policy.identity.library.person_required as settings
}

test_person_required_other_effects_may_be_named if {
	given := object.union(person_required_call, {"action": {"effects": ["write"]}})
	settings := {"effects": ["write"], "kinds": ["human"], "action_types": ["tool_call", "subagent_call", "task"]}
	"person_required" in identity.deny with input as given
		with data.policy.identity.library.person_required as settings
}

test_person_required_holds_for_every_call_without_configuration if {
	"person_required" in identity.deny with input as {}
		with data.policy.identity.library.person_required as {}
}
