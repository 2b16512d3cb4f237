package policy.resource

# METADATA
# title: The scope may use it
# description: The target is listed for the scope of the agent, exactly or by its beginning.
# custom:
#   owner: library
#   reason: target_granted_to_scope
#   message: This is open to agents of this scope.
#   severity: low
#   overridable: false
#   controls: [OWASP-MCP02, OWASP-ASI03, LLM06, EU-AI-ACT-26]
allow contains "granted_to_scope" if {
	granted_to_scope_id in data.policy.resource.library.granted_to_scope.targets[input.agent.scope][input.action.target.kind]
}

allow contains "granted_to_scope" if {
	some entry in data.policy.resource.library.granted_to_scope.targets[input.agent.scope][input.action.target.kind]
	endswith(entry, "*")
	startswith(granted_to_scope_id, trim_suffix(entry, "*"))
}

granted_to_scope_id := input.action.target.id if input.action.target.kind != "resource"

# Any server may name its resources as it likes, so that a URI means something only together with its server.
granted_to_scope_id := concat("::", [input.action.server, input.action.target.id]) if {
	input.action.target.kind == "resource"
}
