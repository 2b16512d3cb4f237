package policy.identity

capabilities := {
	"servers": ["*"],
	"tools": ["*"],
	"resources": [],
	"prompts": [],
	"models": [],
	"subagents": [],
	"data_classes": ["*"],
}

# METADATA
# title: The agent is registered
# description: Whoever is in the directory may work.
# custom:
#   owner: exact-bytes
#   reason: agent_registered
allow contains "registered" if data.policy.identity.agents[input.agent.id]
