package policy.identity

# METADATA
# title: Reserved targets need a group
# description: A target that is listed is open only to users of a group that is listed for it.
# custom:
#   owner: library
#   reason: user_not_in_group
#   message: Your groups may not use this, with this agent or any other.
#   remediation: ask_for_access
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI03, OWASP-MCP02, OWASP-MCP07, EU-AI-ACT-26]
deny contains "reserved_tools" if {
	groups := data.policy.identity.library.reserved_tools.groups[input.action.target.id]
	not reserved_tools_member(groups)
}

deny contains "reserved_tools" if not reserved_tools_configured

reserved_tools_member(groups) if {
	some group in input.user.groups
	group in groups
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
reserved_tools_configured if {
	is_object(data.policy.identity.library.reserved_tools.groups)
}
