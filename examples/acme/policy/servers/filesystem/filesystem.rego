package servers.filesystem

# METADATA
# title: Paths are given
# description: Every tool of this server that works on a path is given one.
# custom:
#   owner: files-team
#   reason: path_missing
#   message: Say which file or folder is meant, by its path below the shared folder.
#   remediation: correct_the_arguments
#   severity: medium
deny contains "path_missing" if {
	some argument in data.servers.filesystem.path_arguments[input.action.tool_name]
	object.get(input.action.args, argument, "") in {"", null}
}

# METADATA
# title: Hidden files stay hidden
# description: >-
#   A file or folder whose name begins with a dot holds settings or secrets and is nobody's document. Paths that climb
#   are refused by the resource bundle.
# custom:
#   owner: files-team
#   reason: hidden_file
#   message: Files and folders whose name begins with a dot are not open to agents.
#   remediation: use_another_file
#   appeal_path: https://tickets.example/files
#   severity: high
#   controls: [ISO27001-A.8.3]
deny contains "hidden_file" if {
	some path in paths
	path != "."
	some name in split(path, "/")
	startswith(name, ".")
	name != ".."
}

# METADATA
# title: Agents write drafts
# description: Agents write below the folder for drafts, where a person reads what they wrote before it counts.
# custom:
#   owner: files-team
#   reason: write_outside_drafts
#   message: Agents may only write below the folder drafts. A person moves what is finished.
#   remediation: write_to_the_drafts_folder
#   appeal_path: https://tickets.example/files
#   severity: medium
#   overridable: true
deny contains "write_outside_drafts" if {
	input.action.tool_name in data.servers.filesystem.write_tools
	some path in paths
	not startswith(path, data.servers.filesystem.writable_folder)
}

# METADATA
# title: Agents write documents
# description: Agents write plain documents, nothing that a machine would run.
# custom:
#   owner: files-team
#   reason: file_kind_not_allowed
#   message: Agents may only write plain documents, such as text, Markdown and CSV.
#   remediation: write_a_plain_document
#   severity: medium
deny contains "file_kind" if {
	input.action.tool_name in {"write_file", "edit_file"}
	some path in paths
	not plain_document(path)
}

# METADATA
# title: Few files at a time
# description: A call that reads several files names only so many.
# custom:
#   owner: files-team
#   reason: too_many_files
#   message: This asks for too many files at once. Read only those that you need.
#   remediation: ask_for_fewer_files
#   severity: low
#   overridable: true
deny contains "too_many_files" if count(several) > data.servers.filesystem.files_max

# METADATA
# title: A person confirms that a file is moved
# description: A file that is moved is gone from where others look for it, so somebody in operations looks first.
# custom:
#   owner: files-team
#   reason: move_needs_approval
#   message: Moving a file takes it away from others. Somebody in operations has to approve it.
#   remediation: ask_for_approval
#   approvers: [operations]
#   appeal_path: https://tickets.example/files
#   severity: medium
require_approval contains "move" if input.action.tool_name == "move_file"

several := input.action.args.paths if is_array(input.action.args.paths)

# Every path that the call names. What is no text is refused by the resource bundle.
paths contains path if {
	some argument in ["path", "source", "destination"]
	path := input.action.args[argument]
	is_string(path)
}

paths contains path if {
	some path in several
	is_string(path)
}

plain_document(path) if {
	some ending in data.servers.filesystem.writable_endings
	endswith(path, ending)
}
