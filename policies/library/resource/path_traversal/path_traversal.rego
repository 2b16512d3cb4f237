package policy.resource

# METADATA
# title: Paths do not climb
# description: >-
#   A path or the URI of a resource does not climb out of its folder and is not written in a way that could
#   hide it.
# custom:
#   owner: library
#   reason: path_traversal
#   message: >-
#     Paths may not climb with two dots, and may not have percent signs, backslashes, a leading tilde or
#     control characters.
#   remediation: use_a_plain_path
#   severity: critical
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP05, OWASP-MCP02, LLM06]
deny contains "path_traversal" if {
	some path in path_traversal_texts
	path_traversal_climbs(path)
}

deny contains "path_traversal" if {
	input.action.target.kind == "resource"
	path_traversal_climbs(input.action.target.id)
}

deny contains "path_traversal" if not path_traversal_configured

# METADATA
# title: Paths are texts
# description: An argument that holds a path is a text or a list of texts.
# custom:
#   owner: library
#   reason: path_unusable
#   message: Give each path as a text.
#   remediation: correct_the_arguments
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP05, OWASP-MCP02, LLM06]
deny contains "path_traversal_unreadable" if path_traversal_unreadable

deny contains "path_traversal_unreadable" if not path_traversal_configured

# Texts of the arguments that the configuration names, alone or in a list.
path_traversal_texts contains text if {
	path_traversal_concerned
	some name in data.policy.resource.library.path_traversal.arguments
	text := input.action.args[name]
	is_string(text)
}

path_traversal_texts contains text if {
	path_traversal_concerned
	some name in data.policy.resource.library.path_traversal.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
path_traversal_unreadable if {
	path_traversal_concerned
	some name in data.policy.resource.library.path_traversal.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

path_traversal_unreadable if {
	path_traversal_concerned
	some name in data.policy.resource.library.path_traversal.arguments
	some element in input.action.args[name]
	not is_string(element)
}

# Some systems read a name without the spaces around it.
path_traversal_climbs(path) if {
	some name in split(path, "/")
	trim_space(name) == ".."
}

path_traversal_climbs(path) if {
	some sign in ["%", "\\", "\u0000", "\n", "\r", "\t"]
	contains(path, sign)
}

path_traversal_climbs(path) if startswith(trim_space(path), "~")

path_traversal_concerned if {
	not input.action.tool in data.policy.resource.library.path_traversal.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
path_traversal_configured if {
	is_array(data.policy.resource.library.path_traversal.arguments)
	is_array(data.policy.resource.library.path_traversal.exempt_tools)
}
