package policy.resource_test

import data.policy.resource

argument_names_settings := {"tools": {"crm.read": ["id", "rows"], "crm.ping": []}}

argument_names_call := {"action": {"tool": "crm.read", "args": {}}}

test_argument_names_listed_arguments_are_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"id": 7}}},
		{"action": {"args": {"id": 7, "rows": null}}},
	] {
		not "argument_names" in resource.deny with input as object.union(argument_names_call, part)
			with data.policy.resource.library.argument_names as argument_names_settings
	}
}

test_argument_names_another_argument_is_denied if {
	every part in [
		{"action": {"args": {"id": 7, "debug": true}}},
		{"action": {"args": {"ID": 7}}},
		{"action": {"args": {"": 1}}},
	] {
		"argument_names" in resource.deny with input as object.union(argument_names_call, part)
			with data.policy.resource.library.argument_names as argument_names_settings
	}
}

test_argument_names_a_tool_may_take_none if {
	given := object.union(argument_names_call, {"action": {"tool": "crm.ping", "args": {"id": 7}}})
	"argument_names" in resource.deny with input as given
		with data.policy.resource.library.argument_names as argument_names_settings
}

test_argument_names_a_tool_that_is_not_listed_is_not_denied if {
	given := object.union(argument_names_call, {"action": {"tool": "crm.list", "args": {"debug": true}}})
	not "argument_names" in resource.deny with input as given
		with data.policy.resource.library.argument_names as argument_names_settings
}

test_argument_names_nothing_is_listed_by_default if {
	given := object.union(argument_names_call, {"action": {"args": {"debug": true}}})
	not "argument_names" in resource.deny with input as given
		with data.policy.resource.library.argument_names as {"tools": {}}
}

test_argument_names_holds_for_every_call_without_configuration if {
	"argument_names" in resource.deny with input as {}
		with data.policy.resource.library.argument_names as {}
}
