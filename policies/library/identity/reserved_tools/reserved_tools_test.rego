package policy.identity_test

import data.policy.identity

reserved_tools_settings := {"groups": {"payments.payout": ["finance"], "crm.export": []}}

reserved_tools_call := {"user": {"groups": ["support-tier-1"]}, "action": {"target": {"kind": "tool", "id": "payments.payout"}}}

test_reserved_tools_a_user_of_other_groups_is_denied if {
	"reserved_tools" in identity.deny with input as reserved_tools_call
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_a_member_is_not_denied if {
	given := object.union(reserved_tools_call, {"user": {"groups": ["support-tier-1", "finance"]}})
	not "reserved_tools" in identity.deny with input as given
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_a_user_without_groups_is_denied if {
	given := object.union(reserved_tools_call, {"user": {"groups": []}})
	"reserved_tools" in identity.deny with input as given
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_an_empty_list_lets_nobody if {
	given := object.union(reserved_tools_call, {"user": {"groups": ["finance"]}, "action": {"target": {"id": "crm.export"}}})
	"reserved_tools" in identity.deny with input as given
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_what_is_not_listed_is_not_denied if {
	given := object.union(reserved_tools_call, {"action": {"target": {"id": "crm.read"}}})
	not "reserved_tools" in identity.deny with input as given
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_nothing_is_reserved_by_default if {
	not "reserved_tools" in identity.deny with input as reserved_tools_call
		with data.policy.identity.library.reserved_tools as {"groups": {}}
}

test_reserved_tools_missing_groups_are_denied if {
	given := json.remove(reserved_tools_call, ["/user/groups"])
	"reserved_tools" in identity.deny with input as given
		with data.policy.identity.library.reserved_tools as reserved_tools_settings
}

test_reserved_tools_holds_for_every_call_without_configuration if {
	"reserved_tools" in identity.deny with input as {}
		with data.policy.identity.library.reserved_tools as {}
}
