package policy.resource_test

import data.policy.resource

argument_size_settings := {"json_max": {"default": 33}, "text_max": {"default": 5}, "items_max": {"default": 2}}

argument_size_call := {"action": {"tool": "kb.write", "args": {}}}

test_argument_size_arguments_at_the_limits_are_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"text": "abcde"}}},
		{"action": {"args": {"list": [1, 2]}}},
		{"action": {"args": {"n": 7, "b": null, "c": true}}},
		{"action": {"args": {"ab": "abcd", "bc": "abc", "cd": "a"}}},
	] {
		not "argument_size" in resource.deny with input as object.union(argument_size_call, part)
			with data.policy.resource.library.argument_size as argument_size_settings
	}
}

test_argument_size_longer_arguments_are_denied if {
	every part in [
		{"action": {"args": {"text": "abcdef"}}},
		{"action": {"args": {"list": [1, 2, 3]}}},
		{"action": {"args": {"map": {"a": 1, "b": 2, "c": 3}}}},
		{"action": {"args": {"ab": "abcd", "bc": "abc", "cd": "ab"}}},
		{"action": {"args": {"deep": {"deeper": ["abcdefghij", "abc"]}}}},
	] {
		"argument_size" in resource.deny with input as object.union(argument_size_call, part)
			with data.policy.resource.library.argument_size as argument_size_settings
	}
}

test_argument_size_a_tool_may_have_limits_of_its_own if {
	given := object.union(argument_size_call, {"action": {"args": {"text": "abcdefghi"}}})
	settings := {"json_max": {"default": 33}, "text_max": {"default": 5, "kb.write": 9}, "items_max": {"default": 2}}
	not "argument_size" in resource.deny with input as given
		with data.policy.resource.library.argument_size as settings
}

test_argument_size_a_missing_limit_is_no_permission if {
	every part in [
		{"action": {"args": {"text": ""}}},
	] {
		"argument_size" in resource.deny with input as object.union(argument_size_call, part)
			with data.policy.resource.library.argument_size as {"json_max": {"default": 33}, "text_max": {}, "items_max": {"default": 2}}
	}
}

test_argument_size_a_limit_that_is_no_number_is_none if {
	settings := {"json_max": {"default": "9"}, "text_max": {"default": 5}, "items_max": {"default": 2}}
	"argument_size" in resource.deny with input as argument_size_call
		with data.policy.resource.library.argument_size as settings
}

test_argument_size_no_configuration_is_no_permission if {
	"argument_size" in resource.deny with input as argument_size_call
		with data.policy.resource.library.argument_size as {}
}
