package policy.workflow

# METADATA
# title: Calls that could do damage end in time
# description: A call to something with a larger blast radius is cancelled when it takes too long.
# custom:
#   owner: agent-platform
#   reason: call_timeout
#   message: The call is cancelled if it takes too long.
oblige contains {"id": "call_timeout", "kind": "limit", "limits": {"timeout_ms": timeout}} if {
	timeout := data.policy.workflow.timeouts_ms.blast_radius[input.action.blast_radius]
}

# METADATA
# title: Tools that can hang end in time
# description: A call to a tool that is known to take long is cancelled after a time of the tool's own.
# custom:
#   owner: agent-platform
#   reason: tool_timeout
#   message: The call is cancelled if it takes longer than this tool should.
oblige contains {"id": "tool_timeout", "kind": "limit", "limits": {"timeout_ms": timeout}} if {
	timeout := data.policy.workflow.timeouts_ms.tools[input.action.tool]
}
