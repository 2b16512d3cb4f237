package policy.compliance

# METADATA
# title: Some data does not meet
# description: Classes that are listed against each other do not come into one conversation.
# custom:
#   owner: library
#   reason: data_classes_may_not_meet
#   message: This data may not come together with what this conversation has seen. Begin a new one.
#   remediation: start_a_new_conversation
#   severity: high
#   overridable: true
#   controls: [LLM02, OWASP-MCP10, OWASP-ASI06, EU-AI-ACT-10, GDPR-5]
deny contains "class_combinations" if {
	some one, others in data.policy.compliance.library.class_combinations.apart
	one in class_combinations_present
	some other in others
	other in class_combinations_present
	some class in input.action.data_classes_referenced
	class in {one, other}
}

deny contains "class_combinations" if not class_combinations_configured

# Classes that the conversation has seen or this call concerns.
class_combinations_present contains class if some class in input.context.data_classes_seen

class_combinations_present contains class if some class in input.action.data_classes_referenced

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
class_combinations_configured if {
	is_object(data.policy.compliance.library.class_combinations.apart)
}
