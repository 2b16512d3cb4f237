package policy.identity

# METADATA
# title: Callers sign in
# description: A caller that was not verified in a way listed for its transport is refused.
# custom:
#   owner: library
#   reason: not_signed_in
#   message: Sign in first. This way of connecting takes no caller without a credential.
#   remediation: sign_in_as_a_known_user
#   severity: critical
#   overridable: false
#   controls: [OWASP-MCP07, OWASP-ASI03, EU-AI-ACT-15]
deny contains "sign_in" if not sign_in_verified

deny contains "sign_in" if not sign_in_configured

sign_in_verified if {
	methods := object.get(data.policy.identity.library.sign_in.methods, input.session.transport, [])
	input.session.auth_method in methods
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
sign_in_configured if {
	is_object(data.policy.identity.library.sign_in.methods)
}
