package servers.filesystem

# METADATA
# title: Only opened tools are called
# description: >-
#   A tool that the configuration neither opens nor asks about is refused, and so is whatever is no call of a tool:
#   resources, prompts, completions, and what the server asks of its client.
# custom:
#   owner: library
#   reason: tool_not_open
#   message: This is not open to agents here.
#   remediation: use_another_tool
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "tool_not_open" if not tool_listed

# METADATA
# title: A person is asked first
# description: A call of a tool that the configuration asks about waits for a person's approval.
# custom:
#   owner: library
#   reason: tool_needs_approval
#   message: A person has to approve this first.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "tool_asks" if tool_access == "ask"

# METADATA
# title: Paths lie in open folders
# description: >-
#   Every path of a call lies below a folder that is open to what the tool does. One that is missing, or no text,
#   lies nowhere.
# custom:
#   owner: library
#   reason: path_not_open
#   message: This path is in no folder that is open for this. Use an absolute path below one that is.
#   remediation: use_an_open_folder
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP02, OWASP-MCP05, LLM06]
deny contains "path_not_open" if not paths_open

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.filesystem.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

paths_open if {
	every name in path_arguments { paths_of_argument_open(object.get(input.action.args, name, null)) }
}

# The arguments that hold paths; every tool of the server but these has one of the name `path`.
path_arguments := object.get(
	{"list_allowed_directories": [], "read_multiple_files": ["paths"], "move_file": ["source", "destination"]},
	input.action.tool_name,
	["path"],
)

paths_of_argument_open(path) if path_open(path)

paths_of_argument_open(paths) if {
	is_array(paths)
	count(paths) > 0
	every path in paths { path_open(path) }
}

# Two dots climb, and a backslash may be a slash to the server.
path_open(path) if {
	is_string(path)
	some folder in folders
	startswith(concat("", [path, "/"]), concat("", [folder, "/"]))
	not ".." in split(path, "/")
	not contains(path, "\\")
}

writes if "write" in input.action.effects

folders := data.servers.filesystem.settings.folders.write if writes

folders := data.servers.filesystem.settings.folders.read if not writes
