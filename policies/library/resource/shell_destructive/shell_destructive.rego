package policy.resource

# METADATA
# title: Commands do not destroy
# description: A command line matches none of the patterns of destructive commands.
# custom:
#   owner: library
#   reason: command_destructive
#   message: This command may destroy something or take rights. A person has to run it.
#   remediation: let_a_person_do_it
#   severity: critical
#   overridable: true
#   controls: [OWASP-ASI05, OWASP-MCP05, OWASP-ASI02, LLM06, EU-AI-ACT-15]
deny contains "shell_destructive" if {
	some line in shell_destructive_lines
	some pattern in data.policy.resource.library.shell_destructive.patterns
	regex.match(pattern, line)
}

deny contains "shell_destructive" if shell_destructive_unreadable

deny contains "shell_destructive" if not shell_destructive_configured

# Every command line in the call, in small letters; the parts of a list are put together.
shell_destructive_lines contains lower(text) if {
	shell_destructive_concerned
	some name in data.policy.resource.library.shell_destructive.arguments
	text := input.action.args[name]
	is_string(text)
}

shell_destructive_lines contains lower(concat(" ", parts)) if {
	shell_destructive_concerned
	some name in data.policy.resource.library.shell_destructive.arguments
	parts := input.action.args[name]
	shell_destructive_all_texts(parts)
}

# A command that is neither a text nor a list of texts cannot be judged.
shell_destructive_unreadable if {
	shell_destructive_concerned
	some name in data.policy.resource.library.shell_destructive.arguments
	value := input.action.args[name]
	not is_string(value)
	not shell_destructive_all_texts(value)
}

shell_destructive_all_texts(value) if {
	is_array(value)
	every part in value {
		is_string(part)
	}
}

shell_destructive_concerned if {
	not input.action.tool in data.policy.resource.library.shell_destructive.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
shell_destructive_configured if {
	is_array(data.policy.resource.library.shell_destructive.arguments)
	is_array(data.policy.resource.library.shell_destructive.patterns)
	is_array(data.policy.resource.library.shell_destructive.exempt_tools)
}
