package policy.compliance

# METADATA
# title: Agents are cleared for the data
# description: Every data class of the call is listed for the scope of the agent.
# custom:
#   owner: library
#   reason: data_class_unauthorized_for_agent
#   message: This agent may not touch this data. Use an agent that is made for it.
#   remediation: use_another_agent
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI03, OWASP-MCP02, OWASP-MCP10, LLM02, EU-AI-ACT-10, GDPR-25]
deny contains "agent_clearance" if {
	some class in input.action.data_classes_referenced
	not agent_clearance_cleared(class)
}

deny contains "agent_clearance" if not agent_clearance_configured

agent_clearance_cleared(class) if {
	classes := data.policy.compliance.library.agent_clearance.classes
	class in object.get(classes, input.agent.scope, classes.default)
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
agent_clearance_configured if {
	is_object(data.policy.compliance.library.agent_clearance.classes)
	is_array(data.policy.compliance.library.agent_clearance.classes.default)
}
