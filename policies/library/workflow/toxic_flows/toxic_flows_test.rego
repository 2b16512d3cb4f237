package policy.workflow_test

import data.policy.workflow

toxic_flows_settings := {"not_after": {"slack.post": ["hr.*", "vault.read"]}}

toxic_flows_call := {"action": {"tool": "slack.post"}, "context": {"recent_tools": ["kb.search", "hr.read"]}}

test_toxic_flows_a_tool_after_one_listed_against_it_is_denied if {
	every part in [
		{},
		{"context": {"recent_tools": ["vault.read"]}},
	] {
		"toxic_flows" in workflow.deny with input as object.union(toxic_flows_call, part)
			with data.policy.workflow.library.toxic_flows as toxic_flows_settings
	}
}

test_toxic_flows_without_it_the_tool_is_not_denied if {
	every part in [
		{"context": {"recent_tools": ["kb.search"]}},
		{"context": {"recent_tools": []}},
		{"context": {"recent_tools": ["vault.read_all"]}},
	] {
		not "toxic_flows" in workflow.deny with input as object.union(toxic_flows_call, part)
			with data.policy.workflow.library.toxic_flows as toxic_flows_settings
	}
}

test_toxic_flows_other_tools_are_not_denied if {
	given := object.union(toxic_flows_call, {"action": {"tool": "kb.search"}})
	not "toxic_flows" in workflow.deny with input as given
		with data.policy.workflow.library.toxic_flows as toxic_flows_settings
}

test_toxic_flows_nothing_is_listed_by_default if {
	not "toxic_flows" in workflow.deny with input as toxic_flows_call
		with data.policy.workflow.library.toxic_flows as {"not_after": {}}
}

test_toxic_flows_holds_for_every_call_without_configuration if {
	"toxic_flows" in workflow.deny with input as {}
		with data.policy.workflow.library.toxic_flows as {}
}
