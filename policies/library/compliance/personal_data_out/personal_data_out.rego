package policy.compliance

# METADATA
# title: What was seen does not leave
# description: >-
#   Nothing that reaches outside is used for data of a confined class, or after the conversation has seen
#   some.
# custom:
#   owner: library
#   reason: seen_data_may_not_leave
#   message: >-
#     This conversation has seen confidential data, so nothing may be sent out. Write a draft, and let a
#     person send it.
#   remediation: let_a_person_send_it
#   severity: high
#   overridable: false
#   controls: [LLM02, OWASP-ASI01, OWASP-ASI02, OWASP-MCP10, OWASP-MCP06, EU-AI-ACT-10, GDPR-5]
deny contains "personal_data_out" if {
	personal_data_out_reaches_out
	some class in input.context.data_classes_seen
	class in data.policy.compliance.library.personal_data_out.classes
}

deny contains "personal_data_out" if {
	personal_data_out_reaches_out
	some class in input.action.data_classes_referenced
	class in data.policy.compliance.library.personal_data_out.classes
}

deny contains "personal_data_out" if not personal_data_out_configured

personal_data_out_reaches_out if {
	"external" in input.action.effects
	not input.action.type in data.policy.compliance.library.personal_data_out.exempt_types
	not input.action.target.id in data.policy.compliance.library.personal_data_out.exempt_targets
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
personal_data_out_configured if {
	is_array(data.policy.compliance.library.personal_data_out.classes)
	is_array(data.policy.compliance.library.personal_data_out.exempt_types)
	is_array(data.policy.compliance.library.personal_data_out.exempt_targets)
}
