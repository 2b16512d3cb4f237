package policy.compliance

# METADATA
# title: Borders are crossed on purpose
# description: >-
#   Listed data goes from the area where the call is made to the same area or one that is listed for it.
# custom:
#   owner: library
#   reason: border_crossing_not_allowed
#   message: This data may not leave the area where you are.
#   remediation: use_a_tool_or_model_in_an_allowed_region
#   severity: high
#   overridable: false
#   controls: [GDPR-44, EU-AI-ACT-10, OWASP-MCP10, LLM02]
deny contains "cross_border" if {
	cross_border_concerned
	not cross_border_within
	not cross_border_crossing
}

deny contains "cross_border" if not cross_border_configured

cross_border_concerned if {
	some class in input.action.data_classes_referenced
	class in data.policy.compliance.library.cross_border.classes
}

cross_border_within if {
	some regions in data.policy.compliance.library.cross_border.areas
	input.environment.region in regions
	input.action.region in regions
}

cross_border_crossing if {
	some from, regions in data.policy.compliance.library.cross_border.areas
	input.environment.region in regions
	some to in data.policy.compliance.library.cross_border.crossings[from]
	input.action.region in data.policy.compliance.library.cross_border.areas[to]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
cross_border_configured if {
	is_object(data.policy.compliance.library.cross_border.areas)
	is_array(data.policy.compliance.library.cross_border.classes)
	is_object(data.policy.compliance.library.cross_border.crossings)
}
