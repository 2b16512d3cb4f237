package policy.identity_test

import data.policy.identity

agent_versions_settings := {"withdrawn": {}, "exempt_agents": []}

agent_versions_call := {"agent": {"id": "support-bot", "version": "3.2.0"}}

test_agent_versions_an_agent_with_a_version_is_not_denied if {
	not "agent_versions" in identity.deny with input as agent_versions_call
		with data.policy.identity.library.agent_versions as agent_versions_settings
}

test_agent_versions_an_agent_without_a_version_is_denied if {
	every part in [
		{"agent": {"version": "unknown"}},
		{"agent": {"version": ""}},
	] {
		"agent_versions" in identity.deny with input as object.union(agent_versions_call, part)
			with data.policy.identity.library.agent_versions as agent_versions_settings
	}
}

test_agent_versions_an_exempt_agent_needs_none if {
	given := object.union(agent_versions_call, {"agent": {"version": "unknown"}})
	not "agent_versions" in identity.deny with input as given
		with data.policy.identity.library.agent_versions as {"withdrawn": {}, "exempt_agents": ["support-bot"]}
}

test_agent_versions_a_withdrawn_version_is_denied if {
	settings := {"withdrawn": {"support-bot": ["3.2.0"]}, "exempt_agents": []}
	"agent_versions_withdrawn" in identity.deny with input as agent_versions_call
		with data.policy.identity.library.agent_versions as settings
}

test_agent_versions_another_version_is_not_denied if {
	settings := {"withdrawn": {"support-bot": ["3.1.0"], "sales-bot": ["3.2.0"]}, "exempt_agents": []}
	not "agent_versions_withdrawn" in identity.deny with input as agent_versions_call
		with data.policy.identity.library.agent_versions as settings
}

test_agent_versions_nothing_is_withdrawn_by_default if {
	not "agent_versions_withdrawn" in identity.deny with input as agent_versions_call
		with data.policy.identity.library.agent_versions as agent_versions_settings
}

test_agent_versions_holds_for_every_call_without_configuration if {
	"agent_versions" in identity.deny with input as {}
		with data.policy.identity.library.agent_versions as {}
}

test_agent_versions_withdrawn_holds_for_every_call_without_configuration if {
	"agent_versions_withdrawn" in identity.deny with input as {}
		with data.policy.identity.library.agent_versions as {}
}
