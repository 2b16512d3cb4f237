package policy.resource_test

import data.policy.resource

test_a_listed_tool_is_granted if "tool_granted" in resource.allow with input as call("support", "crm.read", {})

test_a_tool_is_granted_by_prefix if {
	"tool_granted" in resource.allow with input as call("operations", "payments.payout", {})
}

test_an_unlisted_tool_is_not_granted if {
	count(resource.allow) == 0 with input as call("sales", "payments.refund", {})
	count(resource.allow) == 0 with input as call("support", "crm.delete_customer", {})
}

test_a_name_that_only_begins_like_a_granted_one_is_not_granted if {
	count(resource.allow) == 0 with input as call("support", "crm.read_all", {})
}

test_nothing_is_granted_to_an_unknown_scope if count(resource.allow) == 0 with input as call("unknown", "crm.read", {})

test_a_resource_is_granted_to_be_read_and_followed if {
	customer := {"kind": "resource", "id": "crm://customers/7"}
	"resource_granted" in resource.allow with input as other_call("support", "crm", "resource_read", customer)
	"resource_granted" in resource.allow with input as other_call("support", "crm", "resource_subscribe", customer)
}

test_a_resource_that_is_not_listed_is_not_granted if {
	other := {"kind": "resource", "id": "crm://staff/1"}
	count(resource.allow) == 0 with input as other_call("support", "crm", "resource_read", other)
}

test_a_resource_is_granted_at_its_own_server_only if {
	customer := {"kind": "resource", "id": "crm://customers/7"}
	every server in ["everything", ""] {
		count(resource.allow) == 0 with input as other_call("support", server, "resource_read", customer)
	}
}

test_a_prompt_is_granted if {
	prompt := {"kind": "prompt", "id": "everything.simple-prompt"}
	"prompt_granted" in resource.allow with input as other_call("support", "everything", "prompt_get", prompt)
}

test_a_prompt_that_is_not_listed_is_not_granted if {
	prompt := {"kind": "prompt", "id": "everything.simple-prompt"}
	count(resource.allow) == 0 with input as other_call("sales", "everything", "prompt_get", prompt)
}

test_a_model_is_granted if {
	model := {"kind": "model", "id": "northstar"}
	"model_granted" in resource.allow with input as other_call("sales", "", "model_call", model)
}

test_a_model_that_is_not_listed_is_not_granted if {
	model := {"kind": "model", "id": "atlas-max"}
	count(resource.allow) == 0 with input as other_call("sales", "", "model_call", model)
}

test_a_subagent_is_granted_to_be_asked if {
	refunds := {"kind": "subagent", "id": "refund_bot"}
	"subagent_granted" in resource.allow with input as other_call("planning", "agents", "subagent_call", refunds)
	"subagent_granted" in resource.allow with input as other_call("planning", "agents", "task", refunds)
}

test_a_subagent_that_is_not_listed_is_not_granted if {
	refunds := {"kind": "subagent", "id": "refund_bot"}
	count(resource.allow) == 0 with input as other_call("support", "agents", "subagent_call", refunds)
	count(resource.allow) == 0 with input as other_call("sales", "agents", "subagent_call", refunds)
}

test_what_a_server_asks_of_a_client_is_never_granted if {
	model := {"kind": "model", "id": "northstar"}
	count(resource.allow) == 0 with input as other_call("support", "", "sampling", model)
}

test_a_withdrawn_tool_is_denied_although_a_prefix_grants_it if {
	dump := call("operations", "everything.get-env", {})
	"tool_granted" in resource.allow with input as dump
	"withdrawn_targets" in resource.deny with input as dump
}

test_another_tool_is_not_denied_as_withdrawn if {
	not "withdrawn_targets" in resource.deny with input as call("operations", "everything.echo", {})
}
