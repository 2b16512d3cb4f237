package policy.resource

# METADATA
# title: Withdrawn means withdrawn
# description: A target or server that was withdrawn may be used by nobody.
# custom:
#   owner: library
#   reason: target_withdrawn
#   message: This was withdrawn and may not be used.
#   remediation: use_another_tool
#   severity: critical
#   overridable: false
#   controls: [OWASP-ASI04, OWASP-MCP04, OWASP-MCP09, OWASP-ASI10, EU-AI-ACT-26]
deny contains "withdrawn_targets" if {
	input.action.target.id in data.policy.resource.library.withdrawn_targets.targets
}

deny contains "withdrawn_targets" if {
	some entry in data.policy.resource.library.withdrawn_targets.targets
	endswith(entry, "*")
	startswith(input.action.target.id, trim_suffix(entry, "*"))
}

deny contains "withdrawn_targets" if {
	input.action.server in data.policy.resource.library.withdrawn_targets.servers
}

deny contains "withdrawn_targets" if not withdrawn_targets_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
withdrawn_targets_configured if {
	is_array(data.policy.resource.library.withdrawn_targets.targets)
	is_array(data.policy.resource.library.withdrawn_targets.servers)
}
