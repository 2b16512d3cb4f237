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
	"delegation_depth" in identity.deny with input as chained(["ops-bot", "sales-bot", "ops-bot", "sales-bot"])
}

test_a_chain_at_the_bound_is_not_denied if {
	not "delegation_depth" in identity.deny with input as chained(["ops-bot", "sales-bot", "ops-bot"])
}

test_a_chain_that_turns_back_is_denied if {
	"delegation_depth_loop" in identity.deny with input as chained(["support-bot"])
	"delegation_depth_loop" in identity.deny with input as chained(["ops-bot", "sales-bot", "ops-bot"])
}

test_a_chain_of_different_agents_is_not_denied_as_a_loop if {
	not "delegation_depth_loop" in identity.deny with input as chained(["ops-bot", "sales-bot"])
	not "delegation_depth_loop" in identity.deny with input as calm
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

test_an_unregistered_or_disabled_link_takes_everything_away if {
	every links in [["shadow-bot"], ["legacy-bot"], ["ops-bot", "shadow-bot"], ["legacy-bot", "ops-bot"]] {
		reached := identity.capabilities with input as chained(links)
		every _, entries in reached { count(entries) == 0 }
	}
}

test_a_disabled_agent_reaches_nothing if {
	not identity.capabilities with input as agent("legacy-bot", "support")
}

test_every_link_takes_away_what_it_lacks_wherever_it_stands if {
	handed_on := agent("refund-bot", "refunds")
	alone := identity.capabilities with input as handed_on
	"payments.*" in alone.tools
	every links in [["support-bot", "planner-bot"], ["planner-bot", "support-bot"]] {
		reached := identity.capabilities with input as object.union(handed_on, {"agent": {"chain": links}})
		reached.servers == {"payments"}
		reached.tools == {"payments.balance", "payments.list_payments", "payments.refund"}
		reached.subagents == set()
	}
}

# What one link lists, and what the other does; and what both reach then.
overlaps := [
	{"own": ["*"], "theirs": ["crm.*", "kb.read"], "both": {"crm.*", "kb.read"}},
	{"own": ["crm.*"], "theirs": ["crm.re*", "crm.list"], "both": {"crm.re*", "crm.list"}},
	{"own": ["crm.**"], "theirs": ["crm.*"], "both": {"crm.**"}},
	{"own": ["crm.read"], "theirs": ["crm.reader", "CRM.READ", "*.read"], "both": set()},
	{"own": ["crm.read"], "theirs": [], "both": set()},
	{"own": ["*"], "theirs": ["*"], "both": {"*"}},
]

test_of_entries_that_overlap_the_narrower_stays_whoever_has_it if {
	every overlap in overlaps {
		every pair in [[overlap.own, overlap.theirs], [overlap.theirs, overlap.own]] {
			reach := {"support": {"tools": pair[0]}, "operations": {"tools": pair[1]}}
			reached := identity.capabilities with input as chained(["ops-bot"]) with data.policy.identity.reach as reach
			reached == {"tools": overlap.both}
		}
	}
}

test_what_a_link_does_not_list_at_all_is_out_of_reach if {
	reach := {"support": {"tools": ["*"]}, "operations": {"servers": ["*"]}}
	reached := identity.capabilities with input as chained(["ops-bot"]) with data.policy.identity.reach as reach
	reached == {"tools": set()}
}

test_an_unregistered_agent_reaches_nothing if {
	not identity.capabilities with input as agent("shadow-bot", "unknown")
}
