package policy.resource

# METADATA
# title: Production is changed by listed scopes
# description: In production, an agent whose scope is not listed may read and no more.
# custom:
#   owner: library
#   reason: production_closed_to_scope
#   message: This agent may not change anything in production.
#   remediation: use_the_test_environment
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI10, OWASP-MCP02, EU-AI-ACT-14, EU-AI-ACT-15]
deny contains "production_guard" if {
	input.environment.is_production
	some effect in input.action.effects
	effect in {"write", "destructive"}
	not production_guard_scope_listed
}

deny contains "production_guard" if not production_guard_configured

# METADATA
# title: What destroys in production is asked for
# description: In production, a call with one of the listed effects needs a person's approval.
# custom:
#   owner: library
#   reason: production_needs_approval
#   message: This changes production in a way that a person has to approve.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI10, OWASP-MCP02, EU-AI-ACT-14, EU-AI-ACT-15]
require_approval contains "production_guard_asks" if {
	input.environment.is_production
	some effect in input.action.effects
	effect in data.policy.resource.library.production_guard.asking_effects
}

require_approval contains "production_guard_asks" if not production_guard_configured

production_guard_scope_listed if {
	input.agent.scope in data.policy.resource.library.production_guard.scopes
}

production_guard_scope_listed if "*" in data.policy.resource.library.production_guard.scopes

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
production_guard_configured if {
	is_array(data.policy.resource.library.production_guard.scopes)
	is_array(data.policy.resource.library.production_guard.asking_effects)
}
