package servers.github

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
# title: Only listed repositories
# description: A call concerns a listed repository, by its owner and name.
# custom:
#   owner: library
#   reason: repository_not_open
#   message: This repository is not open to agents.
#   remediation: use_a_listed_repository
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "repository_not_open" if not repository_open

# METADATA
# title: Branches of the agents’ own
# description: What is written goes to a branch whose name begins as those of agents do.
# custom:
#   owner: library
#   reason: branch_not_open
#   message: >-
#     Agents write to branches of their own only, by the beginning of their names. Propose the change from there.
#   remediation: use_a_branch_of_your_own
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI04, OWASP-MCP04, LLM06]
deny contains "branch_not_open" if {
	input.action.tool_name in {"create_branch", "create_or_update_file", "push_files", "delete_file"}
	not branch_open
}

# METADATA
# title: Workflows are left alone
# description: >-
#   No file is written in a protected folder, at whatever depth, and none by a path that climbs or is missing.
# custom:
#   owner: library
#   reason: folder_protected
#   message: Agents may not write files there.
#   remediation: ask_a_maintainer
#   severity: critical
#   overridable: true
#   controls: [OWASP-ASI04, OWASP-ASI05, OWASP-MCP04, LLM06]
deny contains "folder_protected" if {
	input.action.tool_name in {"create_or_update_file", "push_files", "delete_file"}
	not paths_open
}

# METADATA
# title: Agents approve nothing
# description: A review by an agent comments or asks for changes. Approving is for people.
# custom:
#   owner: library
#   reason: approval_by_agent
#   message: Agents may comment or ask for changes. A person has to approve.
#   remediation: leave_it_to_a_person
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI09, OWASP-ASI04, OWASP-MCP04, EU-AI-ACT-14]
deny contains "approval_by_agent" if not review_open

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.github.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

repository_open if input.action.tool_name in data.servers.github.settings.tools_without_repository

# An owner or a name with another sign in it could lead elsewhere in the address that the server makes of it.
repository_open if {
	is_string(input.action.args.owner)
	is_string(input.action.args.repo)
	owner := lower(input.action.args.owner)
	name := lower(input.action.args.repo)
	regex.match(`^[a-z0-9][a-z0-9_-]*$`, owner)
	regex.match(`^[a-z0-9._-]*[a-z0-9_-][a-z0-9._-]*$`, name)
	some entry in data.servers.github.settings.repositories
	lower(entry) in {concat("/", [owner, name]), concat("/", [owner, "*"])}
}

branch_open if {
	is_string(input.action.args.branch)
	some prefix in data.servers.github.settings.branch_prefixes
	startswith(input.action.args.branch, prefix)
}

paths_open if {
	input.action.tool_name != "push_files"
	path_open(input.action.args.path)
}

paths_open if {
	input.action.tool_name == "push_files"
	every file in input.action.args.files { path_open(file.path) }
}

path_open(path) if {
	is_string(path)
	is_array(data.servers.github.settings.protected_folders)
	parts := split(lower(path), "/")
	every folder in array.concat(["..", "."], data.servers.github.settings.protected_folders) { not folder in parts }
	not regex.match(`[%\\\\]`, path)
}

review_open if object.get(input.action.args, "event", "COMMENT") in {"COMMENT", "REQUEST_CHANGES"}
