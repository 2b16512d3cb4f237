package policy.compliance

# METADATA
# title: Data stays in its regions
# description: Every data class of the call may be in the region where the target runs.
# custom:
#   owner: library
#   reason: data_class_not_allowed_in_region
#   message: This data may not be sent to the region where the tool or model runs.
#   remediation: use_a_tool_or_model_in_an_allowed_region
#   severity: high
#   overridable: false
#   controls: [GDPR-44, EU-AI-ACT-10, LLM02, OWASP-MCP10]
deny contains "data_residency" if {
	some class in input.action.data_classes_referenced
	not data_residency_allowed(class)
}

deny contains "data_residency" if not data_residency_configured

data_residency_allowed(class) if {
	input.action.region in data.policy.compliance.library.data_residency.regions[class]
}

data_residency_allowed(class) if {
	"*" in data.policy.compliance.library.data_residency.regions[class]
	not input.action.region in {"", "unknown"}
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
data_residency_configured if {
	is_object(data.policy.compliance.library.data_residency.regions)
}
