package policy.resource

# METADATA
# title: Files with secrets are closed
# description: A path or the URI of a resource does not name a file that usually holds secrets.
# custom:
#   owner: library
#   reason: secret_file
#   message: This file usually holds keys, passwords or tokens and is not open to agents.
#   remediation: use_another_file
#   severity: critical
#   overridable: true
#   controls: [OWASP-MCP01, OWASP-ASI03, LLM02, OWASP-ASI02]
deny contains "secret_paths" if {
	some path in secret_paths_texts
	secret_paths_secret(path)
}

deny contains "secret_paths" if {
	input.action.target.kind == "resource"
	secret_paths_secret(input.action.target.id)
}

deny contains "secret_paths" if secret_paths_unreadable

deny contains "secret_paths" if not secret_paths_configured

# Texts of the arguments that the configuration names, alone or in a list.
secret_paths_texts contains text if {
	secret_paths_concerned
	some name in data.policy.resource.library.secret_paths.arguments
	text := input.action.args[name]
	is_string(text)
}

secret_paths_texts contains text if {
	secret_paths_concerned
	some name in data.policy.resource.library.secret_paths.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
secret_paths_unreadable if {
	secret_paths_concerned
	some name in data.policy.resource.library.secret_paths.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

secret_paths_unreadable if {
	secret_paths_concerned
	some name in data.policy.resource.library.secret_paths.arguments
	some element in input.action.args[name]
	not is_string(element)
}

secret_paths_secret(path) if {
	some part in data.policy.resource.library.secret_paths.parts
	contains(secret_paths_framed(path), part)
}

secret_paths_secret(path) if {
	some ending in data.policy.resource.library.secret_paths.endings
	endswith(secret_paths_framed(path), concat("", [ending, "/"]))
}

# The path in small letters and with slashes only, between two of them.
secret_paths_framed(path) := concat("", ["/", replace(lower(trim_space(path)), "\\", "/"), "/"])

secret_paths_concerned if {
	not input.action.tool in data.policy.resource.library.secret_paths.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
secret_paths_configured if {
	is_array(data.policy.resource.library.secret_paths.arguments)
	is_array(data.policy.resource.library.secret_paths.parts)
	is_array(data.policy.resource.library.secret_paths.endings)
	is_array(data.policy.resource.library.secret_paths.exempt_tools)
}
