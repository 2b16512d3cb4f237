package policy.resource

# METADATA
# title: Secrets are not sent along
# description: No argument holds something that looks like a key or a token.
# custom:
#   owner: library
#   reason: secret_in_arguments
#   message: An argument holds something that looks like a key or a token. Leave it out.
#   remediation: leave_the_secret_out
#   severity: critical
#   overridable: true
#   controls: [OWASP-MCP01, LLM02, OWASP-ASI03, OWASP-MCP10]
deny contains "secrets_in_arguments" if {
	secrets_in_arguments_concerned
	some pattern in data.policy.resource.library.secrets_in_arguments.patterns
	regex.match(pattern, json.marshal(input.action.args))
}

deny contains "secrets_in_arguments" if not secrets_in_arguments_configured

secrets_in_arguments_concerned if {
	not input.action.tool in data.policy.resource.library.secrets_in_arguments.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
secrets_in_arguments_configured if {
	is_array(data.policy.resource.library.secrets_in_arguments.patterns)
	is_array(data.policy.resource.library.secrets_in_arguments.exempt_tools)
}
