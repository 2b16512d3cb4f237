package policy.resource

# METADATA
# title: Running code is asked for
# description: >-
#   A tool that runs code or commands needs a person's approval, unless it is listed as contained.
# custom:
#   owner: library
#   reason: code_needs_approval
#   message: This runs code, so a person has to approve it.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI05, OWASP-MCP05, LLM06, EU-AI-ACT-14]
require_approval contains "code_execution_asks" if {
	code_execution_asks_runs_code
	not input.action.tool in data.policy.resource.library.code_execution_asks.contained_tools
}

require_approval contains "code_execution_asks" if not code_execution_asks_configured

code_execution_asks_runs_code if {
	some part in data.policy.resource.library.code_execution_asks.name_parts
	contains(lower(input.action.tool_name), part)
}

code_execution_asks_runs_code if {
	input.action.tool in data.policy.resource.library.code_execution_asks.tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
code_execution_asks_configured if {
	is_array(data.policy.resource.library.code_execution_asks.name_parts)
	is_array(data.policy.resource.library.code_execution_asks.tools)
	is_array(data.policy.resource.library.code_execution_asks.contained_tools)
}
