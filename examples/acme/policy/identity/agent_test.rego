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
