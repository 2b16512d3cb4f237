package servers.git

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
# description: Every call names a listed repository by its path.
# custom:
#   owner: library
#   reason: repository_not_open
#   message: This repository is not open to agents. Name one that is, by its full path.
#   remediation: use_a_listed_repository
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "repository_not_open" if not repository_listed

# METADATA
# title: Branches of the agents’ own
# description: >-
#   A branch that is made or checked out has a name that begins as those of agents do, so that commits go nowhere
#   else.
# custom:
#   owner: library
#   reason: branch_not_open
#   message: Agents make and check out branches of their own only, by the beginning of their names.
#   remediation: use_a_branch_of_your_own
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI04, OWASP-MCP04, LLM06]
deny contains "branch_not_open" if {
	input.action.tool_name in {"git_create_branch", "git_checkout"}
	not branch_listed
}

# METADATA
# title: Names are no options
# description: >-
#   No argument but a commit’s message begins with a hyphen, which the git program would take for an option.
# custom:
#   owner: library
#   reason: option_given
#   message: A name, revision or date may not begin with a hyphen.
#   remediation: correct_the_arguments
#   severity: critical
#   overridable: false
#   controls: [OWASP-MCP05, OWASP-ASI05, OWASP-ASI02]
deny contains "option_given" if {
	some name, text in input.action.args
	name != "message"
	is_string(text)
	startswith(trim_space(text), "-")
}

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.git.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

repository_listed if input.action.args.repo_path in data.servers.git.settings.repositories

branch_listed if {
	is_string(input.action.args.branch_name)
	some prefix in data.servers.git.settings.branch_prefixes
	startswith(input.action.args.branch_name, prefix)
}
