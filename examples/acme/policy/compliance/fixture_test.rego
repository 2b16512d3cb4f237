package policy.compliance_test

# A tool call on customer data that compliance has nothing against.
calm := {
	"user": {"id": "mara", "data_classifications_authorized": ["public", "internal", "customer_data", "payment_data"]},
	"action": {
		"type": "tool_call", "tool": "crm.read", "model": "", "region": "eu-west", "effects": ["read"],
		"data_classes_referenced": ["customer_data"],
	},
	"context": {"data_classes_seen": []},
}

cleared_for(classes) := object.union(calm, {"user": {"data_classifications_authorized": classes}})

touching(classes) := object.union(calm, {"action": {"data_classes_referenced": classes}})

in_region(region, classes) := object.union(calm, {"action": {"region": region, "data_classes_referenced": classes}})

# A call of a model in a region with the classes that it is sent.
model_call(model, region, classes) := object.union(calm, {"action": {
	"type": "model_call", "tool": "", "model": model, "region": region, "effects": ["external"],
	"data_classes_referenced": classes,
}})
