package policy.resource

# METADATA
# title: Commands do not run what they fetch
# description: >-
#   A command line matches none of the patterns by which something fetched, decoded or put together is run.
# custom:
#   owner: library
#   reason: command_indirect
#   message: This command runs something that nobody has seen. Write plainly what is to be run.
#   remediation: write_the_command_plainly
#   severity: critical
#   overridable: true
#   controls: [OWASP-ASI05, OWASP-MCP05, OWASP-ASI01, OWASP-ASI04]
deny contains "shell_pipes" if {
	some line in shell_pipes_lines
	some pattern in data.policy.resource.library.shell_pipes.patterns
	regex.match(pattern, line)
}

deny contains "shell_pipes" if shell_pipes_unreadable

deny contains "shell_pipes" if not shell_pipes_configured

# Every command line in the call, in small letters; the parts of a list are put together.
shell_pipes_lines contains lower(text) if {
	shell_pipes_concerned
	some name in data.policy.resource.library.shell_pipes.arguments
	text := input.action.args[name]
	is_string(text)
}

shell_pipes_lines contains lower(concat(" ", parts)) if {
	shell_pipes_concerned
	some name in data.policy.resource.library.shell_pipes.arguments
	parts := input.action.args[name]
	shell_pipes_all_texts(parts)
}

# A command that is neither a text nor a list of texts cannot be judged.
shell_pipes_unreadable if {
	shell_pipes_concerned
	some name in data.policy.resource.library.shell_pipes.arguments
	value := input.action.args[name]
	not is_string(value)
	not shell_pipes_all_texts(value)
}

shell_pipes_all_texts(value) if {
	is_array(value)
	every part in value {
		is_string(part)
	}
}

shell_pipes_concerned if {
	not input.action.tool in data.policy.resource.library.shell_pipes.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
shell_pipes_configured if {
	is_array(data.policy.resource.library.shell_pipes.arguments)
	is_array(data.policy.resource.library.shell_pipes.patterns)
	is_array(data.policy.resource.library.shell_pipes.exempt_tools)
}
