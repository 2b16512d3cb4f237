package policy.identity_test

import data.policy.identity

test_nothing_is_denied_to_a_registered_agent_of_a_known_user if count(identity.deny) == 0 with input as calm

test_an_unregistered_agent_is_denied if {
	"agent_unregistered" in identity.deny with input as agent("shadow-bot", "unknown")
}

test_a_registered_agent_is_not_denied_as_unregistered if {
	not "agent_unregistered" in identity.deny with input as calm
}

test_a_disabled_agent_is_denied if "agent_disabled" in identity.deny with input as agent("legacy-bot", "support")

test_an_active_agent_is_not_denied_as_disabled if not "agent_disabled" in identity.deny with input as calm

test_a_version_that_is_not_registered_is_denied if {
	versioned := object.union(calm, {"agent": {"version": "3.1.9"}})
	"agent_version_not_registered" in identity.deny with input as versioned
}

test_a_registered_version_is_not_denied if not "agent_version_not_registered" in identity.deny with input as calm

test_a_version_that_is_not_named_is_left_to_the_watched_rule if {
	nameless := object.union(calm, {"agent": {"version": "unknown"}})
	not "agent_version_not_registered" in identity.deny with input as nameless
}

test_a_credential_without_a_version_is_watched if {
	"agent_version_missing" in identity.deny with input as agent("support-bot", "support")
}

test_a_credential_with_a_version_is_not_watched if {
	not "agent_version_missing" in identity.deny with input as calm
}

test_an_agent_without_listed_versions_may_run_any if {
	any_version := object.union(calm, {"agent": {"id": "legacy-bot", "version": "0.0.1"}})
	not "agent_version_not_registered" in identity.deny with input as any_version
}
