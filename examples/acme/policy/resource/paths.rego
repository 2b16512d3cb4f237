package policy.resource

# METADATA
# title: Paths are plain
# description: >-
#   A path is a text of letters, digits, spaces and the signs . _ - and /. Quotes, colons and the like are refused,
#   because the tool and this policy might read them differently. A tool that takes several paths is given a list.
# custom:
#   owner: platform
#   reason: path_unusable
#   message: Paths may only have letters, digits, spaces, dots, dashes, underscores and slashes.
#   remediation: use_a_path_below_an_open_folder
#   severity: high
#   controls: [ISO27001-A.8.3]
deny contains "path_unusable" if {
	some path in paths
	not regex.match(`^[A-Za-z0-9 ._/-]+$`, path)
}

deny contains "path_unusable" if {
	input.action.server == "filesystem"
	some argument in ["path", "source", "destination"]
	not is_string(object.get(input.action.args, argument, ""))
}

deny contains "path_unusable" if {
	input.action.server == "filesystem"
	not is_array(object.get(input.action.args, "paths", []))
}

# METADATA
# title: Paths stay in the folders of the scope
# description: >-
#   Agents read and write below the folders that are open to their scope, by relative path. The shared folder itself
#   may be listed, which shows the names of its folders and nothing below them.
# custom:
#   owner: platform
#   reason: path_outside_folders
#   message: This path is outside the shared folders that are open to this agent.
#   remediation: use_a_path_below_an_open_folder
#   appeal_path: https://tickets.example/platform
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.8.3]
deny contains "path_outside_folders" if {
	some path in paths
	not in_open_folder(path)
	not lists_shared_folder
}

# Every path that a call to the filesystem server names.
paths contains path if {
	input.action.server == "filesystem"
	some argument in ["path", "source", "destination"]
	path := input.action.args[argument]
	is_string(path)
}

paths contains path if {
	input.action.server == "filesystem"
	some path in input.action.args.paths
	is_string(path)
}

in_open_folder(path) if {
	some folder in data.policy.resource.folders[input.agent.scope]
	path == folder
}

in_open_folder(path) if {
	some folder in data.policy.resource.folders[input.agent.scope]
	startswith(path, concat("", [folder, "/"]))
}

lists_shared_folder if {
	input.action.tool in {"filesystem.list_directory", "filesystem.list_directory_with_sizes"}
	input.action.args.path == "."
}
