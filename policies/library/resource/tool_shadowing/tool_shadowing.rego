package policy.resource

# METADATA
# title: Tools stay at home
# description: >-
#   A tool name that has a home, or that holds the name of a listed server, is refused on any other server.
# custom:
#   owner: library
#   reason: tool_name_borrowed
#   message: This tool bears a name that belongs to another server.
#   remediation: use_the_tool_of_its_own_server
#   severity: critical
#   overridable: false
#   controls: [OWASP-MCP03, OWASP-ASI04, OWASP-MCP09, OWASP-ASI02]
deny contains "tool_shadowing" if {
	home := data.policy.resource.library.tool_shadowing.homes[input.action.tool_name]
	input.action.server != home
}

deny contains "tool_shadowing" if {
	some server in data.policy.resource.library.tool_shadowing.servers
	input.action.server != server
	contains(lower(input.action.tool_name), server)
}

deny contains "tool_shadowing" if not tool_shadowing_configured

# METADATA
# title: A second tool of the same name is looked at
# description: >-
#   A tool of the same name as one that this conversation used on another server needs a person's approval,
#   unless the name is a common one.
# custom:
#   owner: library
#   reason: tool_name_ambiguous
#   message: >-
#     This conversation used a tool of the same name on another server. A person has to say which is meant.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-MCP03, OWASP-ASI04, OWASP-MCP09, OWASP-ASI02]
require_approval contains "tool_shadowing_recent" if {
	input.action.tool_name != ""
	not input.action.tool_name in data.policy.resource.library.tool_shadowing.common_names
	some recent in input.context.recent_tools
	recent != input.action.tool
	endswith(recent, concat("", [".", input.action.tool_name]))
}

require_approval contains "tool_shadowing_recent" if not tool_shadowing_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
tool_shadowing_configured if {
	is_object(data.policy.resource.library.tool_shadowing.homes)
	is_array(data.policy.resource.library.tool_shadowing.servers)
	is_array(data.policy.resource.library.tool_shadowing.common_names)
}
