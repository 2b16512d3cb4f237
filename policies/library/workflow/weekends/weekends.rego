package policy.workflow

# METADATA
# title: Changes are made on working days
# description: A call with one of the listed effects is not made on a listed day.
# custom:
#   owner: library
#   reason: outside_working_days
#   message: This may be done on working days only.
#   remediation: wait_until_business_hours
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI10, EU-AI-ACT-14]
deny contains "weekends" if {
	weekends_concerned
	input.environment.weekday in data.policy.workflow.library.weekends.days
}

deny contains "weekends" if not weekends_configured

weekends_concerned if {
	some effect in input.action.effects
	effect in data.policy.workflow.library.weekends.effects
	not input.agent.scope in data.policy.workflow.library.weekends.exempt_scopes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
weekends_configured if {
	is_array(data.policy.workflow.library.weekends.days)
	is_array(data.policy.workflow.library.weekends.effects)
	is_array(data.policy.workflow.library.weekends.exempt_scopes)
}
