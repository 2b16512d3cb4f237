package policy.compliance

# METADATA
# title: High-risk agents are overseen
# description: A call of an agent of a listed scope, with a listed effect, needs a person's approval.
# custom:
#   owner: library
#   reason: human_oversight_needed
#   message: This agent prepares decisions about people, so a person has to approve what it does.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [EU-AI-ACT-14, EU-AI-ACT-26, EU-AI-ACT-9, OWASP-ASI09]
require_approval contains "high_risk_oversight" if {
	input.agent.scope in data.policy.compliance.library.high_risk_oversight.scopes
	some effect in input.action.effects
	effect in data.policy.compliance.library.high_risk_oversight.effects
}

require_approval contains "high_risk_oversight" if not high_risk_oversight_configured

# METADATA
# title: High-risk agents act for a person
# description: An agent of a listed scope acts on behalf of a person only.
# custom:
#   owner: library
#   reason: person_missing
#   message: This agent acts on behalf of a person only.
#   remediation: sign_in_as_a_known_user
#   severity: high
#   overridable: false
#   controls: [EU-AI-ACT-14, EU-AI-ACT-26, EU-AI-ACT-9, OWASP-ASI09]
deny contains "high_risk_oversight_person" if {
	input.agent.scope in data.policy.compliance.library.high_risk_oversight.scopes
	input.user.kind != "human"
}

deny contains "high_risk_oversight_person" if not high_risk_oversight_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
high_risk_oversight_configured if {
	is_array(data.policy.compliance.library.high_risk_oversight.scopes)
	is_array(data.policy.compliance.library.high_risk_oversight.effects)
}
