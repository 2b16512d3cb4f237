package policy.resource_test

import data.policy.resource

recipient_count_settings := {"arguments": ["to", "cc"], "max": {"default": 2}}

recipient_count_call := {"action": {"tool": "crm.send_email", "effects": ["external"], "args": {}}}

test_recipient_count_few_recipients_are_not_denied if {
	every part in [
		{"action": {"args": {"to": ["a", "b"]}}},
		{"action": {"args": {"to": "a@acme.example"}}},
		{"action": {"args": {"to": []}}},
		{"action": {"args": {}}},
	] {
		not "recipient_count" in resource.deny with input as object.union(recipient_count_call, part)
			with data.policy.resource.library.recipient_count as recipient_count_settings
	}
}

test_recipient_count_many_recipients_are_denied if {
	every part in [
		{"action": {"args": {"to": ["a", "b", "c"]}}},
		{"action": {"args": {"to": ["a"], "cc": ["a", "b", "c"]}}},
		{"action": {"args": {"to": "a,b"}}},
		{"action": {"args": {"to": "a; b"}}},
		{"action": {"args": {"to": {"a": 1}}}},
		{"action": {"args": {"to": null}}},
	] {
		"recipient_count" in resource.deny with input as object.union(recipient_count_call, part)
			with data.policy.resource.library.recipient_count as recipient_count_settings
	}
}

test_recipient_count_a_tool_may_have_a_limit_of_its_own if {
	given := object.union(recipient_count_call, {"action": {"args": {"to": ["a", "b", "c"]}}})
	settings := {"arguments": ["to", "cc"], "max": {"default": 2, "crm.send_email": 3}}
	not "recipient_count" in resource.deny with input as given
		with data.policy.resource.library.recipient_count as settings
}

test_recipient_count_a_limit_that_is_no_number_is_none if {
	given := object.union(recipient_count_call, {"action": {"args": {"to": ["a"]}}})
	"recipient_count" in resource.deny with input as given
		with data.policy.resource.library.recipient_count as {"arguments": ["to", "cc"], "max": {"default": "9"}}
}

test_recipient_count_a_tool_that_stays_inside_is_not_denied if {
	given := object.union(recipient_count_call, {"action": {"effects": ["write"], "args": {"to": ["a", "b", "c"]}}})
	not "recipient_count" in resource.deny with input as given
		with data.policy.resource.library.recipient_count as recipient_count_settings
}

test_recipient_count_holds_for_every_call_without_configuration if {
	"recipient_count" in resource.deny with input as {}
		with data.policy.resource.library.recipient_count as {}
}
