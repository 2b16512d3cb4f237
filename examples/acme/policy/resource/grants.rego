package policy.resource

# METADATA
# title: Tool is granted to the agent's scope
# description: The tools that agents of a scope may use, by name or by prefix.
# custom:
#   owner: platform
#   reason: tool_granted
#   message: Agents of this scope may use this tool.
allow contains "tool_granted" if {
	input.action.type in {"tool_call", "task"}
	input.action.target.kind == "tool"
	some pattern in data.policy.resource.grants[input.agent.scope].tools
	covers(pattern, input.action.target.id)
}

# METADATA
# title: Resource is granted to the agent's scope
# description: The resources that agents of a scope may read and follow, by server and URI or prefix.
# custom:
#   owner: platform
#   reason: resource_granted
#   message: Agents of this scope may read this resource.
allow contains "resource_granted" if {
	input.action.type in {"resource_read", "resource_subscribe", "completion"}
	input.action.target.kind == "resource"
	some pattern in data.policy.resource.grants[input.agent.scope].resources[input.action.server]
	covers(pattern, input.action.target.id)
}

# METADATA
# title: Prompt is granted to the agent's scope
# description: The prompts that agents of a scope may fetch and complete, by name or by prefix.
# custom:
#   owner: platform
#   reason: prompt_granted
#   message: Agents of this scope may use this prompt.
allow contains "prompt_granted" if {
	input.action.type in {"prompt_get", "completion"}
	input.action.target.kind == "prompt"
	some pattern in data.policy.resource.grants[input.agent.scope].prompts
	covers(pattern, input.action.target.id)
}

# METADATA
# title: Subagent is granted to the agent's scope
# description: The subagents that agents of a scope may hand tasks to, by name or by prefix.
# custom:
#   owner: platform
#   reason: subagent_granted
#   message: Agents of this scope may hand tasks to this agent.
allow contains "subagent_granted" if {
	input.action.type in {"subagent_call", "task"}
	input.action.target.kind == "subagent"
	some pattern in data.policy.resource.grants[input.agent.scope].subagents
	covers(pattern, input.action.target.id)
}

# METADATA
# title: Model is granted to the agent's scope
# description: The models that agents of a scope may call, by name or by prefix.
# custom:
#   owner: platform
#   reason: model_granted
#   message: Agents of this scope may call this model.
allow contains "model_granted" if {
	input.action.type == "model_call"
	input.action.target.kind == "model"
	some pattern in data.policy.resource.grants[input.agent.scope].models
	covers(pattern, input.action.target.id)
}

covers(pattern, id) if pattern == id

covers(pattern, id) if {
	endswith(pattern, "*")
	startswith(id, trim_suffix(pattern, "*"))
}
