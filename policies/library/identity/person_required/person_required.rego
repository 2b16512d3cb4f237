package policy.identity

# METADATA
# title: A person stands behind it
# description: A call with one of the listed effects needs a user of a listed kind.
# custom:
#   owner: library
#   reason: person_missing
#   message: Nobody stands behind this call. It has to be made on behalf of a person.
#   remediation: sign_in_as_a_known_user
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI10, OWASP-ASI09, EU-AI-ACT-14, LLM06]
deny contains "person_required" if {
	some effect in input.action.effects
	effect in data.policy.identity.library.person_required.effects
	input.action.type in data.policy.identity.library.person_required.action_types
	not input.user.kind in data.policy.identity.library.person_required.kinds
}

deny contains "person_required" if not person_required_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
person_required_configured if {
	is_array(data.policy.identity.library.person_required.effects)
	is_array(data.policy.identity.library.person_required.kinds)
	is_array(data.policy.identity.library.person_required.action_types)
}
