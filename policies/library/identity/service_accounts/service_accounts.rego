package policy.identity

# METADATA
# title: Service accounts only read
# description: >-
#   An agent that acts for a service account has only the effects that are listed, but on targets that are
#   listed for it.
# custom:
#   owner: library
#   reason: service_account_effect_not_allowed
#   message: A service account may only read here. A person has to do this.
#   remediation: sign_in_as_a_known_user
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI03, OWASP-MCP01, OWASP-MCP02, LLM06]
deny contains "service_accounts" if {
	input.user.kind == "service"
	not service_accounts_within
	not service_accounts_listed
}

deny contains "service_accounts" if not service_accounts_configured

service_accounts_within if {
	every effect in input.action.effects {
		effect in data.policy.identity.library.service_accounts.effects
	}
}

service_accounts_listed if {
	input.action.target.id in data.policy.identity.library.service_accounts.targets[input.user.id]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
service_accounts_configured if {
	is_array(data.policy.identity.library.service_accounts.effects)
	is_object(data.policy.identity.library.service_accounts.targets)
}
