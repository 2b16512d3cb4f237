package policy.compliance

# METADATA
# title: Somebody is told
# description: The listed recipients are told of a call with a listed effect or blast radius.
# custom:
#   owner: library
#   reason: owner_notified
#   message: Somebody is told of this call.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-26, EU-AI-ACT-14, OWASP-MCP08, OWASP-ASI10]
oblige contains {"id": "notify_duty", "kind": "notify", "to": to} if {
	to := data.policy.compliance.library.notify_duty.to
	count(to) > 0
	notify_duty_concerned
	not input.action.type in data.policy.compliance.library.notify_duty.exempt_types
}

oblige contains {"id": "notify_duty", "kind": "notify", "to": ["security"]} if {
	not notify_duty_configured
}

notify_duty_concerned if {
	input.action.blast_radius in data.policy.compliance.library.notify_duty.radii
}

notify_duty_concerned if {
	some effect in input.action.effects
	effect in data.policy.compliance.library.notify_duty.effects
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
notify_duty_configured if {
	is_array(data.policy.compliance.library.notify_duty.to)
	is_array(data.policy.compliance.library.notify_duty.effects)
	is_array(data.policy.compliance.library.notify_duty.radii)
	is_array(data.policy.compliance.library.notify_duty.exempt_types)
}
