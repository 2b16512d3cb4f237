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
