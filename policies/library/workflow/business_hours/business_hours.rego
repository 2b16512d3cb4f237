package policy.workflow

# METADATA
# title: Changes are made in business hours
# description: A call with one of the listed effects is made between opening and closing.
# custom:
#   owner: library
#   reason: outside_business_hours
#   message: This may be done in business hours only.
#   remediation: wait_until_business_hours
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI10, EU-AI-ACT-14, OWASP-ASI08]
deny contains "business_hours" if {
	business_hours_concerned
	not business_hours_open
}

deny contains "business_hours" if not business_hours_configured

business_hours_open if {
	input.environment.minute_of_day >= data.policy.workflow.library.business_hours.opens_minute
	input.environment.minute_of_day < data.policy.workflow.library.business_hours.closes_minute
}

business_hours_concerned if {
	some effect in input.action.effects
	effect in data.policy.workflow.library.business_hours.effects
	not input.agent.scope in data.policy.workflow.library.business_hours.exempt_scopes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
business_hours_configured if {
	is_number(data.policy.workflow.library.business_hours.opens_minute)
	is_number(data.policy.workflow.library.business_hours.closes_minute)
	is_array(data.policy.workflow.library.business_hours.effects)
	is_array(data.policy.workflow.library.business_hours.exempt_scopes)
}
