package policy.resource

# METADATA
# title: Paths do not climb
# description: A path with two dots in a row could leave the folder it starts in.
# custom:
#   owner: platform
#   reason: path_traversal
#   message: Paths may not contain two dots in a row. Name the file by its path below the shared folder.
#   remediation: use_a_path_below_an_open_folder
#   appeal_path: https://tickets.example/platform
#   severity: critical
#   controls: [ISO27001-A.8.3]
deny contains "path_traversal" if {
	some path in paths
	contains(path, "..")
}

# METADATA
# title: URIs do not climb
# description: >-
#   The URI of a resource with two dots in a row, a percent sign or a backslash could mean another resource than the one
#   that is granted.
# custom:
#   owner: platform
#   reason: uri_unusable
#   message: The URI of the resource may not contain two dots in a row, percent signs or backslashes.
#   remediation: name_the_resource_plainly
#   severity: critical
#   controls: [ISO27001-A.8.3]
deny contains "uri_unusable" if {
	input.action.target.kind == "resource"
	some mark in ["..", "%", `\`]
	contains(input.action.target.id, mark)
}

# METADATA
# title: Paths are plain
# description: >-
#   A path is a text of letters, digits, spaces and the signs . _ - and /. Percent signs, backslashes, quotes and the
#   like are refused, because the tool and this policy might read them differently.
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

deny contains "path_unusable" if {
	input.action.server == "filesystem"
	some path in input.action.args.paths
	not is_string(path)
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
