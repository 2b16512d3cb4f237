package policy.workflow

# METADATA
# title: Some tools do not follow others
# description: A tool is not called in a conversation that has used one of the tools listed against it.
# custom:
#   owner: library
#   reason: tool_not_after_another
#   message: >-
#     This may not be used after what this conversation has used before. Begin a new one, or let a person do
#     it.
#   remediation: start_a_new_conversation
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP10, LLM02, OWASP-MCP06]
deny contains "toxic_flows" if {
	some earlier in data.policy.workflow.library.toxic_flows.not_after[input.action.tool]
	some recent in input.context.recent_tools
	toxic_flows_names(earlier, recent)
}

deny contains "toxic_flows" if not toxic_flows_configured

toxic_flows_names(entry, tool) if entry == tool

toxic_flows_names(entry, tool) if {
	endswith(entry, "*")
	startswith(tool, trim_suffix(entry, "*"))
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
toxic_flows_configured if {
	is_object(data.policy.workflow.library.toxic_flows.not_after)
}
