package policy.workflow

# METADATA
# title: Nothing is changed during a freeze
# description: >-
#   During a freeze, calls with the listed effects are refused in production. A flag that nobody set means
#   no freeze.
# custom:
#   owner: library
#   reason: change_freeze
#   message: There is a change freeze. Try again when it has ended.
#   remediation: wait_until_the_freeze_ends
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI08, OWASP-ASI02, EU-AI-ACT-15, EU-AI-ACT-26]
deny contains "change_freeze" if {
	input.environment.is_production
	some flag in data.policy.workflow.library.change_freeze.flags
	object.get(input.environment.flags, flag, false)
	change_freeze_concerned
}

deny contains "change_freeze" if not change_freeze_configured

change_freeze_concerned if {
	some effect in input.action.effects
	effect in data.policy.workflow.library.change_freeze.effects
	not input.agent.scope in data.policy.workflow.library.change_freeze.exempt_scopes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
change_freeze_configured if {
	is_array(data.policy.workflow.library.change_freeze.flags)
	is_array(data.policy.workflow.library.change_freeze.effects)
	is_array(data.policy.workflow.library.change_freeze.exempt_scopes)
}
