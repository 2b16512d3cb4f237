package policy.identity

# METADATA
# title: Clients are known
# description: A client that does not say its name, or whose name is not listed, is refused.
# custom:
#   owner: library
#   reason: client_unknown
#   message: This client is not one of those that may be used here.
#   remediation: use_a_known_client
#   severity: medium
#   overridable: true
#   controls: [OWASP-MCP07, OWASP-MCP09, OWASP-ASI04]
deny contains "known_clients" if {
	not known_clients_exempt
	not known_clients_named
}

deny contains "known_clients" if not known_clients_configured

known_clients_exempt if {
	input.session.protocol in data.policy.identity.library.known_clients.protocols_without_client
}

known_clients_named if input.session.client_name in data.policy.identity.library.known_clients.names

known_clients_named if {
	input.session.client_name != ""
	"*" in data.policy.identity.library.known_clients.names
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
known_clients_configured if {
	is_array(data.policy.identity.library.known_clients.names)
	is_array(data.policy.identity.library.known_clients.protocols_without_client)
}
