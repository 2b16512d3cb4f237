package policy.resource

# METADATA
# title: Resources are of known kinds
# description: >-
#   The URI of a resource has a scheme that is listed for its server, or the server's own name as its
#   scheme.
# custom:
#   owner: library
#   reason: resource_scheme_not_allowed
#   message: Resources of this kind may not be read from this server.
#   remediation: use_another_resource
#   severity: high
#   overridable: true
#   controls: [OWASP-MCP05, OWASP-MCP02, OWASP-ASI02]
deny contains "resource_schemes" if {
	input.action.target.kind == "resource"
	not resource_schemes_listed
}

deny contains "resource_schemes" if not resource_schemes_configured

resource_schemes_listed if {
	schemes := data.policy.resource.library.resource_schemes.schemes
	some scheme in object.get(schemes, input.action.server, schemes.default)
	startswith(lower(input.action.target.id), concat("", [scheme, ":"]))
}

resource_schemes_listed if {
	input.action.server != ""
	startswith(input.action.target.id, concat("", [input.action.server, ":"]))
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
resource_schemes_configured if {
	is_object(data.policy.resource.library.resource_schemes.schemes)
	is_array(data.policy.resource.library.resource_schemes.schemes.default)
}
