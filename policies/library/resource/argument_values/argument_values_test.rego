package policy.resource_test

import data.policy.resource

argument_values_settings := {"tools": {"crm.export": {"table": ["products", "prices"], "format": ["csv", null]}}}

argument_values_call := {"action": {"tool": "crm.export", "args": {}}}

test_argument_values_listed_values_are_not_denied if {
	every part in [
		{"action": {"args": {"table": "products"}}},
		{"action": {"args": {"table": "prices", "format": "csv"}}},
		{"action": {"args": {"table": ["products", "prices"]}}},
	] {
		not "argument_values" in resource.deny with input as object.union(argument_values_call, part)
			with data.policy.resource.library.argument_values as argument_values_settings
	}
}

test_argument_values_other_values_are_denied if {
	every part in [
		{"action": {"args": {"table": "customers"}}},
		{"action": {"args": {"table": "Products"}}},
		{"action": {"args": {"table": ["products", "customers"]}}},
		{"action": {"args": {"table": []}}},
		{"action": {"args": {"table": {"name": "products"}}}},
		{"action": {"args": {"table": "products", "format": "xml"}}},
	] {
		"argument_values" in resource.deny with input as object.union(argument_values_call, part)
			with data.policy.resource.library.argument_values as argument_values_settings
	}
}

test_argument_values_a_missing_argument_is_denied if {
	"argument_values" in resource.deny with input as argument_values_call
		with data.policy.resource.library.argument_values as argument_values_settings
}

test_argument_values_another_tool_is_not_denied if {
	given := object.union(argument_values_call, {"action": {"tool": "crm.read", "args": {"table": "customers"}}})
	not "argument_values" in resource.deny with input as given
		with data.policy.resource.library.argument_values as argument_values_settings
}

test_argument_values_nothing_is_listed_by_default if {
	not "argument_values" in resource.deny with input as argument_values_call
		with data.policy.resource.library.argument_values as {"tools": {}}
}

test_argument_values_holds_for_every_call_without_configuration if {
	"argument_values" in resource.deny with input as {}
		with data.policy.resource.library.argument_values as {}
}
