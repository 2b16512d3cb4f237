package policy.identity_test

import data.policy.identity

registered_agents_settings := {"unknown": ["", "unknown"]}

registered_agents_call := {"agent": {"scope": "support", "owner_team": "cx"}}

test_registered_agents_a_registered_agent_is_not_denied if {
	not "registered_agents" in identity.deny with input as registered_agents_call
		with data.policy.identity.library.registered_agents as registered_agents_settings
}

test_registered_agents_an_agent_without_a_scope_or_team_is_denied if {
	every part in [
		{"agent": {"scope": "unknown"}},
		{"agent": {"owner_team": "unknown"}},
		{"agent": {"scope": ""}},
	] {
		"registered_agents" in identity.deny with input as object.union(registered_agents_call, part)
			with data.policy.identity.library.registered_agents as registered_agents_settings
	}
}

test_registered_agents_other_words_may_be_named if {
	given := object.union(registered_agents_call, {"agent": {"scope": "unassigned"}})
	"registered_agents" in identity.deny with input as given
		with data.policy.identity.library.registered_agents as {"unknown": ["unassigned"]}
}

test_registered_agents_holds_for_every_call_without_configuration if {
	"registered_agents" in identity.deny with input as {}
		with data.policy.identity.library.registered_agents as {}
}
