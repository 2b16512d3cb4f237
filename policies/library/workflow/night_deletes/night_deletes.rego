package policy.workflow

# METADATA
# title: Nothing is deleted at night
# description: A call with a listed effect is made between morning and evening.
# custom:
#   owner: library
#   reason: deletion_at_night
#   message: Nothing is deleted at night. Do it in the morning.
#   remediation: wait_until_business_hours
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI08, EU-AI-ACT-14]
deny contains "night_deletes" if {
	night_deletes_concerned
	not night_deletes_day
}

deny contains "night_deletes" if not night_deletes_configured

night_deletes_day if {
	input.environment.minute_of_day >= data.policy.workflow.library.night_deletes.until_minute
	input.environment.minute_of_day < data.policy.workflow.library.night_deletes.from_minute
}

night_deletes_concerned if {
	some effect in input.action.effects
	effect in data.policy.workflow.library.night_deletes.effects
	not input.agent.scope in data.policy.workflow.library.night_deletes.exempt_scopes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
night_deletes_configured if {
	is_number(data.policy.workflow.library.night_deletes.from_minute)
	is_number(data.policy.workflow.library.night_deletes.until_minute)
	is_array(data.policy.workflow.library.night_deletes.effects)
	is_array(data.policy.workflow.library.night_deletes.exempt_scopes)
}
