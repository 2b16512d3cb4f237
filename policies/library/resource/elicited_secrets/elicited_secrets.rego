package policy.resource

# METADATA
# title: Nobody is asked for a secret
# description: The message and the form of an elicitation hold none of the listed words.
# custom:
#   owner: library
#   reason: elicitation_of_secrets
#   message: This server asks for a secret. Servers may not do that.
#   remediation: use_another_server
#   severity: critical
#   overridable: false
#   controls: [OWASP-MCP01, OWASP-ASI09, OWASP-ASI03, LLM02]
deny contains "elicited_secrets" if {
	input.action.type == "elicitation"
	some word in data.policy.resource.library.elicited_secrets.words
	contains(lower(json.marshal(input.action.args)), word)
}

deny contains "elicited_secrets" if not elicited_secrets_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
elicited_secrets_configured if {
	is_array(data.policy.resource.library.elicited_secrets.words)
}
