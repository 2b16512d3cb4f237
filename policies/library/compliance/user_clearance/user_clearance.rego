package policy.compliance

# METADATA
# title: Users are cleared for the data
# description: Every data class of the call is open or one for which the user is cleared.
# custom:
#   owner: library
#   reason: data_class_unauthorized_for_user
#   message: You are not cleared for this data.
#   remediation: request_elevated_data_access
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI03, LLM02, OWASP-MCP10, EU-AI-ACT-10, GDPR-32]
deny contains "user_clearance" if {
	some class in input.action.data_classes_referenced
	not user_clearance_cleared(class)
}

deny contains "user_clearance" if not user_clearance_configured

user_clearance_cleared(class) if class in data.policy.compliance.library.user_clearance.open_classes

user_clearance_cleared(class) if class in input.user.data_classifications_authorized

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
user_clearance_configured if {
	is_array(data.policy.compliance.library.user_clearance.open_classes)
}
