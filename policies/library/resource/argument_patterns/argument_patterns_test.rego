package policy.resource_test

import data.policy.resource

argument_patterns_settings := {"tools": {"crm.read": {"id": "C-[0-9]{1,8}"}}, "optional": {}}

argument_patterns_call := {"action": {"tool": "crm.read", "args": {}}}

test_argument_patterns_a_text_that_matches_is_not_denied if {
	every part in [
		{"action": {"args": {"id": "C-1"}}},
		{"action": {"args": {"id": "C-12345678"}}},
	] {
		not "argument_patterns" in resource.deny with input as object.union(argument_patterns_call, part)
			with data.policy.resource.library.argument_patterns as argument_patterns_settings
	}
}

test_argument_patterns_anything_else_is_denied if {
	every part in [
		{"action": {"args": {"id": "C-123456789"}}},
		{"action": {"args": {"id": "x C-1"}}},
		{"action": {"args": {"id": "C-1 or 1=1"}}},
		{"action": {"args": {"id": "C-1\n"}}},
		{"action": {"args": {"id": 7}}},
		{"action": {"args": {"id": ["C-1"]}}},
		{"action": {"args": {"id": ""}}},
		{"action": {"args": {"id": null}}},
	] {
		"argument_patterns" in resource.deny with input as object.union(argument_patterns_call, part)
			with data.policy.resource.library.argument_patterns as argument_patterns_settings
	}
}

test_argument_patterns_a_missing_argument_is_denied if {
	"argument_patterns" in resource.deny with input as argument_patterns_call
		with data.policy.resource.library.argument_patterns as argument_patterns_settings
}

test_argument_patterns_an_optional_argument_may_be_missing if {
	settings := {"tools": {"crm.read": {"id": "C-[0-9]{1,8}"}}, "optional": {"crm.read": ["id"]}}
	not "argument_patterns" in resource.deny with input as argument_patterns_call
		with data.policy.resource.library.argument_patterns as settings
}

test_argument_patterns_an_optional_argument_still_has_its_form if {
	given := object.union(argument_patterns_call, {"action": {"args": {"id": "x"}}})
	settings := {"tools": {"crm.read": {"id": "C-[0-9]{1,8}"}}, "optional": {"crm.read": ["id"]}}
	"argument_patterns" in resource.deny with input as given
		with data.policy.resource.library.argument_patterns as settings
}

test_argument_patterns_alternatives_match_as_a_whole if {
	every part in [
		{"action": {"args": {"id": "ab"}}},
		{"action": {"args": {"id": "ac"}}},
		{"action": {"args": {"id": "cb"}}},
	] {
		"argument_patterns" in resource.deny with input as object.union(argument_patterns_call, part)
			with data.policy.resource.library.argument_patterns as {"tools": {"crm.read": {"id": "a|b"}}, "optional": {}}
	}
}

test_argument_patterns_another_tool_is_not_denied if {
	given := object.union(argument_patterns_call, {"action": {"tool": "crm.list"}})
	not "argument_patterns" in resource.deny with input as given
		with data.policy.resource.library.argument_patterns as argument_patterns_settings
}

test_argument_patterns_holds_for_every_call_without_configuration if {
	"argument_patterns" in resource.deny with input as {}
		with data.policy.resource.library.argument_patterns as {}
}
