package policy.compliance_test

import data.policy.compliance

sending(seen) := object.union(calm, {
	"action": {"tool": "crm.send_email", "effects": ["external"], "data_classes_referenced": ["internal"]},
	"context": {"data_classes_seen": seen},
})

test_what_was_seen_may_not_leave if compliance.deny == {"seen_data_leaves"} with input as sending(["customer_data"])

test_what_is_not_confined_may_leave if count(compliance.deny) == 0 with input as sending(["public", "internal"])

test_a_tool_without_outside_effects_may_follow if {
	reading := object.union(calm, {"context": {"data_classes_seen": ["customer_data"]}})
	count(compliance.deny) == 0 with input as reading
}

test_models_have_rules_of_their_own if {
	seen := object.union(model_call("onprem-70b", "eu-west", []), {"context": {"data_classes_seen": ["customer_data"]}})
	count(compliance.deny) == 0 with input as seen
}

# What a tool shows, the conversation has seen: the rule above knows only of what the catalogue says.
test_every_tool_that_shows_customers_is_declared_to if {
	every tool in ["read", "search", "list", "export", "query", "update_contact"] {
		"customer_data" in data.catalogue.servers.crm.tools[tool].returns
	}
	"customer_data" in {class |
		some resource in data.catalogue.servers.crm.resources
		resource.uri == "crm://customers/*"
		some class in resource.returns
	}
}

test_every_tool_that_shows_staff_is_declared_to if {
	"employee_data" in data.catalogue.servers.crm.tools.query.returns
}

test_every_tool_of_the_payments_desk_is_declared_to_show_payments if {
	every tool in data.catalogue.servers.payments.tools { "payment_data" in tool.returns }
}

test_every_tool_that_shows_files_is_declared_to if {
	tools := data.catalogue.servers.filesystem.tools
	shows := {name | some name, tool in tools; "internal" in tool.returns}
	object.keys(tools) - shows == {"write_file", "create_directory", "move_file"}
}
