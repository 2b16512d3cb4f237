package policy.workflow

# METADATA
# title: Calls end in time
# description: A call is cancelled after the time of its blast radius.
# custom:
#   owner: library
#   reason: call_timeout
#   message: The call is cancelled if it takes too long.
#   severity: low
#   overridable: false
#   controls: [OWASP-ASI08, LLM10, EU-AI-ACT-15]
oblige contains {"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": timeout}} if {
	timeout := data.policy.workflow.library.timeout_duty.radii_ms[input.action.blast_radius]
}

oblige contains {"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": 10000}} if {
	not timeout_duty_configured
}

# METADATA
# title: Listed tools end in their own time
# description: A call of a listed tool is cancelled after the time of the tool.
# custom:
#   owner: library
#   reason: tool_timeout
#   message: The call is cancelled if it takes longer than this tool should.
#   severity: low
#   overridable: false
#   controls: [OWASP-ASI08, LLM10, EU-AI-ACT-15]
oblige contains {"id": "timeout_duty_tools", "kind": "limit", "limits": {"timeout_ms": timeout}} if {
	timeout := data.policy.workflow.library.timeout_duty.tools_ms[input.action.tool]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
timeout_duty_configured if {
	is_object(data.policy.workflow.library.timeout_duty.radii_ms)
	is_object(data.policy.workflow.library.timeout_duty.tools_ms)
}
