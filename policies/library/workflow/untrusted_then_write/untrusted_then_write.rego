package policy.workflow

# METADATA
# title: Who has read strangers asks before acting
# description: >-
#   In a conversation that has seen untrusted data, a call with one of the listed effects needs a person's
#   approval.
# custom:
#   owner: library
#   reason: untrusted_data_seen
#   message: >-
#     This conversation has read something that a stranger may have written, so a person has to approve what
#     it does now.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI01, OWASP-ASI06, OWASP-MCP06, LLM01, EU-AI-ACT-14, EU-AI-ACT-15]
require_approval contains "untrusted_then_write" if {
	some class in input.context.data_classes_seen
	class in data.policy.workflow.library.untrusted_then_write.classes
	some effect in input.action.effects
	effect in data.policy.workflow.library.untrusted_then_write.effects
	not input.action.target.id in data.policy.workflow.library.untrusted_then_write.exempt_targets
	not input.action.type in data.policy.workflow.library.untrusted_then_write.exempt_types
}

require_approval contains "untrusted_then_write" if not untrusted_then_write_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
untrusted_then_write_configured if {
	is_array(data.policy.workflow.library.untrusted_then_write.classes)
	is_array(data.policy.workflow.library.untrusted_then_write.effects)
	is_array(data.policy.workflow.library.untrusted_then_write.exempt_targets)
	is_array(data.policy.workflow.library.untrusted_then_write.exempt_types)
}
