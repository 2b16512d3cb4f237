package servers.crm_test

import data.servers.crm

call(tool, args) := {"action": {
	"type": "tool_call", "target": {"kind": "tool", "id": concat(".", ["crm", tool])}, "server": "crm",
	"tool_name": tool, "args": args,
}}

reading(uri) := {"action": {
	"type": "resource_read", "target": {"kind": "resource", "id": uri}, "server": "crm", "tool_name": "", "args": {},
}}

test_the_product_list_is_granted if crm.allow == {"product_list"} with input as reading("crm://products")

test_a_customer_is_not_granted_by_the_server if count(crm.allow) == 0 with input as reading("crm://customers/7")

test_tools_are_not_granted_by_the_server if count(crm.allow) == 0 with input as call("read", {"id": 7})

test_a_customer_that_is_not_named_by_number_is_denied if {
	every unusable in ["7", "%", null, [7], {"from": 1}, true] {
		crm.deny == {"customer_id_unusable"} with input as call("read", {"id": unusable})
	}
	crm.deny == {"customer_id_unusable"} with input as call("delete_customer", {})
}

test_a_customer_number_is_not_denied if count(crm.deny) == 0 with input as call("read", {"id": 7})

test_a_tool_without_a_customer_needs_no_number if count(crm.deny) == 0 with input as call("list", {"table": "products"})

test_a_broad_search_is_denied if {
	every text in ["", "a", "%%%%", " b ", "%_*", null, 7, ["anna"]] {
		crm.deny == {"search_too_broad"} with input as call("search", {"text": text})
	}
	crm.deny == {"search_too_broad"} with input as call("search", {})
}

test_a_specific_search_is_not_denied if count(crm.deny) == 0 with input as call("search", {"text": "ann"})

test_mail_to_many_is_denied if {
	many := [sprintf("p%d@acme.example", [n]) | some n in numbers.range(1, 6)]
	crm.deny == {"too_many_recipients"} with input as call("send_email", {"to": many})
}

test_mail_to_a_few_is_not_denied if {
	count(crm.deny) == 0 with input as call("send_email", {"to": ["mara@acme.example"]})
}

test_recipients_that_are_no_list_are_left_to_the_resource_bundle if {
	count(crm.deny) == 0 with input as call("send_email", {"to": "mara@acme.example"})
}

test_a_deletion_asks_for_approval if {
	crm.require_approval == {"delete_customer"} with input as call("delete_customer", {"id": 7})
}

test_a_change_of_contact_asks_for_none if {
	count(crm.require_approval) == 0 with input as call("update_contact", {"id": 7, "phone": "+49 30 1"})
}
