package policy.resource_test

import data.policy.resource

tool_shadowing_settings := {"homes": {"send_email": "crm"}, "servers": ["payments"], "common_names": ["search"]}

tool_shadowing_call := {"action": {"server": "crm", "tool_name": "send_email", "tool": "crm.send_email"}, "context": {"recent_tools": ["crm.send_email", "kb.search"]}}

test_tool_shadowing_a_tool_at_home_is_not_denied if {
	not "tool_shadowing" in resource.deny with input as tool_shadowing_call
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_a_tool_away_from_home_is_denied if {
	given := object.union(tool_shadowing_call, {"action": {"server": "weather", "tool": "weather.send_email"}})
	"tool_shadowing" in resource.deny with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_the_name_of_another_server_is_not_borrowed if {
	every part in [
		{"action": {"server": "weather", "tool_name": "payments_refund", "tool": "weather.payments_refund"}},
		{"action": {"server": "weather", "tool_name": "Do-Payments", "tool": "weather.Do-Payments"}},
	] {
		"tool_shadowing" in resource.deny with input as object.union(tool_shadowing_call, part)
			with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
	}
}

test_tool_shadowing_a_server_may_have_its_own_name_in_tools if {
	given := object.union(tool_shadowing_call, {"action": {"server": "payments", "tool_name": "payments_refund", "tool": "payments.payments_refund"}})
	not "tool_shadowing" in resource.deny with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_other_names_are_not_denied if {
	given := object.union(tool_shadowing_call, {"action": {"server": "weather", "tool_name": "forecast", "tool": "weather.forecast"}})
	not "tool_shadowing" in resource.deny with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_the_same_name_on_another_server_asks if {
	given := object.union(tool_shadowing_call, {"action": {"server": "weather", "tool": "weather.send_email"}})
	"tool_shadowing_recent" in resource.require_approval with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_the_same_tool_does_not_ask if {
	not "tool_shadowing_recent" in resource.require_approval with input as tool_shadowing_call
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_a_common_name_does_not_ask if {
	given := object.union(tool_shadowing_call, {"action": {"server": "crm", "tool_name": "search", "tool": "crm.search"}})
	not "tool_shadowing_recent" in resource.require_approval with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_what_is_no_tool_does_not_ask if {
	given := object.union(tool_shadowing_call, {"action": {"tool_name": "", "tool": ""}})
	not "tool_shadowing_recent" in resource.require_approval with input as given
		with data.policy.resource.library.tool_shadowing as tool_shadowing_settings
}

test_tool_shadowing_missing_exceptions_ask if {
	"tool_shadowing_recent" in resource.require_approval with input as tool_shadowing_call
		with data.policy.resource.library.tool_shadowing as {"homes": {}, "servers": []}
}

test_tool_shadowing_holds_for_every_call_without_configuration if {
	"tool_shadowing" in resource.deny with input as {}
		with data.policy.resource.library.tool_shadowing as {}
}

test_tool_shadowing_recent_holds_for_every_call_without_configuration if {
	"tool_shadowing_recent" in resource.require_approval with input as {}
		with data.policy.resource.library.tool_shadowing as {}
}
