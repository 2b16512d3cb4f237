package policy.resource

# METADATA
# title: Addresses inside the network are not called
# description: >-
#   No text among the arguments is a URL of this machine, a private network or a metadata service.
# custom:
#   owner: library
#   reason: private_address
#   message: This address lies inside the network and may not be called by an agent.
#   remediation: use_a_listed_host
#   severity: critical
#   overridable: true
#   controls: [OWASP-MCP05, OWASP-ASI02, OWASP-MCP01, OWASP-ASI03, EU-AI-ACT-15]
deny contains "private_addresses" if {
	some text in private_addresses_texts
	some pattern in data.policy.resource.library.private_addresses.patterns
	regex.match(pattern, lower(text))
}

deny contains "private_addresses" if not private_addresses_configured

# Every text among the arguments, alone or in a list.
private_addresses_texts contains text if {
	private_addresses_concerned
	some text in input.action.args
	is_string(text)
}

private_addresses_texts contains text if {
	private_addresses_concerned
	some list in input.action.args
	some text in list
	is_string(text)
}

private_addresses_concerned if {
	not input.action.tool in data.policy.resource.library.private_addresses.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
private_addresses_configured if {
	is_array(data.policy.resource.library.private_addresses.patterns)
	is_array(data.policy.resource.library.private_addresses.exempt_tools)
}
