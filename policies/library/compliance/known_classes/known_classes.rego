package policy.compliance

# METADATA
# title: Data has a known class
# description: >-
#   Every data class of the call is listed, and there is one where the type of action needs one.
# custom:
#   owner: library
#   reason: data_class_unknown
#   message: The data of this call is not classified, so it cannot be judged.
#   remediation: classify_the_data
#   severity: medium
#   overridable: true
#   controls: [EU-AI-ACT-10, LLM02, OWASP-MCP10]
deny contains "known_classes" if {
	some class in input.action.data_classes_referenced
	not class in data.policy.compliance.library.known_classes.classes
}

deny contains "known_classes" if {
	input.action.type in data.policy.compliance.library.known_classes.classified_types
	count(input.action.data_classes_referenced) == 0
}

deny contains "known_classes" if not known_classes_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
known_classes_configured if {
	is_array(data.policy.compliance.library.known_classes.classes)
	is_array(data.policy.compliance.library.known_classes.classified_types)
}
