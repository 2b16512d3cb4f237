package policy.resource_test

import data.policy.resource

test_a_source_that_is_not_open_is_denied if {
	"data_source_not_open" in resource.deny with input as call("support", "crm.list", {"table": "staff"})
	staff := {"source": "staff", "sql": "select 1"}
	"data_source_not_open" in resource.deny with input as call("sales", "crm.query", staff)
}

test_an_open_source_is_not_denied if {
	count(resource.deny) == 0 with input as call("support", "crm.list", {"table": "customers"})
	staff := {"source": "staff", "sql": "select 1"}
	count(resource.deny) == 0 with input as call("operations", "crm.query", staff)
}

test_a_call_without_a_source_is_denied if {
	"data_source_not_open" in resource.deny with input as call("support", "crm.list", {})
}

test_a_source_that_is_no_text_is_denied if {
	every unusable in [null, 7, ["customers"], {"table": "customers"}] {
		"data_source_not_open" in resource.deny with input as call("support", "crm.list", {"table": unusable})
	}
}

test_no_source_is_open_to_an_unknown_scope if {
	"data_source_not_open" in resource.deny with input as call("unknown", "crm.list", {"table": "products"})
}

test_a_tool_without_a_source_needs_none if count(resource.deny) == 0 with input as call("support", "crm.read", {"id": 7})
