package policy.resource

# METADATA
# title: Nothing is hidden in plain sight
# description: No argument holds characters that are not shown or that turn the direction of writing.
# custom:
#   owner: library
#   reason: hidden_characters
#   message: An argument holds characters that cannot be seen. Write it plainly.
#   remediation: write_it_plainly
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI09, OWASP-ASI01, LLM01, OWASP-MCP06, EU-AI-ACT-14]
deny contains "hidden_characters" if {
	hidden_characters_concerned
	regex.match(data.policy.resource.library.hidden_characters.pattern, json.marshal(input.action.args))
}

deny contains "hidden_characters" if not hidden_characters_configured

hidden_characters_concerned if {
	not input.action.tool in data.policy.resource.library.hidden_characters.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
hidden_characters_configured if {
	is_string(data.policy.resource.library.hidden_characters.pattern)
	is_array(data.policy.resource.library.hidden_characters.exempt_tools)
}
