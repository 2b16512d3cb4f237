package policy.resource_test

import data.policy.resource

server_questions_settings := {"sampling": [], "elicitation": [], "roots": []}

server_questions_call := {"action": {"type": "sampling", "server": "kb"}}

test_server_questions_questions_are_denied_by_default if {
	every part in [
		{},
		{"action": {"type": "elicitation"}},
		{"action": {"type": "roots"}},
	] {
		"server_questions" in resource.deny with input as object.union(server_questions_call, part)
			with data.policy.resource.library.server_questions as server_questions_settings
	}
}

test_server_questions_a_listed_server_may_ask if {
	not "server_questions" in resource.deny with input as server_questions_call
		with data.policy.resource.library.server_questions as {"sampling": ["kb"], "elicitation": [], "roots": []}
}

test_server_questions_a_server_may_ask_only_what_it_is_listed_for if {
	every part in [
		{"action": {"type": "elicitation"}},
		{"action": {"server": "crm"}},
	] {
		"server_questions" in resource.deny with input as object.union(server_questions_call, part)
			with data.policy.resource.library.server_questions as {"sampling": ["kb"], "elicitation": [], "roots": []}
	}
}

test_server_questions_calls_are_no_questions if {
	given := object.union(server_questions_call, {"action": {"type": "tool_call"}})
	not "server_questions" in resource.deny with input as given
		with data.policy.resource.library.server_questions as server_questions_settings
}

test_server_questions_holds_for_every_call_without_configuration if {
	"server_questions" in resource.deny with input as {}
		with data.policy.resource.library.server_questions as {}
}
