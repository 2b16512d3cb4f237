package policy.identity_test

import data.policy.identity

chained(chain) := object.union(calm, {"agent": {"chain": chain}})

test_an_unregistered_link_is_denied if {
	"delegation_unregistered" in identity.deny with input as chained(["ops-bot", "shadow-bot"])
}

test_registered_links_are_not_denied if count(identity.deny) == 0 with input as chained(["ops-bot", "sales-bot"])

test_a_disabled_link_is_denied if "delegation_disabled" in identity.deny with input as chained(["legacy-bot"])

test_an_active_link_is_not_denied_as_disabled if {
	not "delegation_disabled" in identity.deny with input as chained(["ops-bot"])
}

test_a_chain_that_is_too_long_is_denied if {
	"delegation_too_deep" in identity.deny with input as chained(["ops-bot", "sales-bot", "ops-bot", "sales-bot"])
}

test_a_chain_at_the_bound_is_not_denied if {
	not "delegation_too_deep" in identity.deny with input as chained(["ops-bot", "sales-bot", "ops-bot"])
}

test_an_agent_alone_reaches_what_its_scope_reaches if {
	reached := identity.capabilities with input as calm
	"payments.refund" in reached.tools
	"crm.*" in reached.tools
	not "payments.payout" in reached.tools
}

test_every_kind_is_listed_with_and_without_delegation if {
	kinds := {"servers", "tools", "resources", "prompts", "models", "subagents", "data_classes"}
	alone := identity.capabilities with input as calm
	handed_on := identity.capabilities with input as chained(["ops-bot"])
	object.keys(alone) == kinds
	object.keys(handed_on) == kinds
}

test_delegation_takes_away_what_the_delegator_may_not_reach if {
	reached := identity.capabilities with input as chained(["sales-bot"])
	reached.servers == {"crm", "filesystem", "everything"}
	reached.tools == {"crm.*", "filesystem.*", "everything.*"}
	not "payment_data" in reached.data_classes
}

test_delegation_adds_nothing_that_the_acting_agent_lacks if {
	reached := identity.capabilities with input as chained(["ops-bot"])
	not "payments.*" in reached.tools
	not "payments.payout" in reached.tools
	"payments.refund" in reached.tools
}

test_the_narrower_of_two_overlapping_entries_is_what_stays if {
	handed_on := object.union(agent("ops-bot", "operations"), {"agent": {"chain": ["night-bot"]}})
	reached := identity.capabilities with input as handed_on
	reached.tools == {"crm.list", "crm.search", "crm.export"}
	reached.resources == {"crm://products"}
}

test_an_unregistered_link_takes_everything_away if {
	reached := identity.capabilities with input as chained(["shadow-bot"])
	every _, entries in reached { count(entries) == 0 }
}

test_an_unregistered_agent_reaches_nothing if {
	not identity.capabilities with input as agent("shadow-bot", "unknown")
}
