package policy.identity_test

import data.policy.identity

nobody := user("", "none", [])

test_an_unknown_user_is_denied if "user_unknown" in identity.deny with input as user("eve", "human", [])

test_a_known_user_is_not_denied_as_unknown if not "user_unknown" in identity.deny with input as calm

test_having_no_user_is_not_having_an_unknown_one if not "user_unknown" in identity.deny with input as nobody

test_a_disabled_user_is_denied if {
	"user_disabled" in identity.deny with input as user("tess", "human", ["support-tier-2"])
}

test_an_active_user_is_not_denied_as_disabled if not "user_disabled" in identity.deny with input as calm

test_an_interactive_agent_without_a_user_is_denied if "user_missing" in identity.deny with input as nobody

test_an_interactive_agent_with_a_user_is_not_denied_as_without if not "user_missing" in identity.deny with input as calm

test_a_service_account_may_not_drive_an_interactive_agent if {
	identity.deny == {"service_account_interactive"} with input as user("svc-nightly", "service", ["service-accounts"])
}

test_a_service_account_may_drive_a_batch_agent if {
	nightly := object.union(agent("night-bot", "batch"), {"user": {
		"id": "svc-nightly", "kind": "service", "groups": ["service-accounts"],
	}})
	count(identity.deny) == 0 with input as nightly
	"agent_in_scope" in identity.allow with input as nightly
}

test_a_user_outside_the_agents_groups_is_denied if {
	"user_may_not_drive_agent" in identity.deny with input as user("sven", "human", ["sales"])
}

test_a_user_of_the_agents_groups_is_not_denied if not "user_may_not_drive_agent" in identity.deny with input as calm

test_a_user_who_is_refused_as_such_gets_only_that_reason if {
	identity.deny == {"user_unknown"} with input as user("eve", "human", [])
	identity.deny == {"user_disabled"} with input as user("tess", "human", [])
}

test_agent_and_user_are_granted_together if "agent_in_scope" in identity.allow with input as calm

test_without_groups_nothing_is_granted if count(identity.allow) == 0 with input as user("mara", "human", [])

test_nothing_is_granted_to_a_disabled_user if {
	count(identity.allow) == 0 with input as user("tess", "human", ["support-tier-2"])
}

test_nothing_is_granted_to_a_disabled_agent if {
	count(identity.allow) == 0 with input as agent("legacy-bot", "support")
}

test_nothing_is_granted_to_an_unregistered_agent if {
	count(identity.allow) == 0 with input as agent("shadow-bot", "unknown")
}

test_nothing_is_granted_to_nobody if count(identity.allow) == 0 with input as nobody
