package policy.resource

# METADATA
# title: What destroys is asked for
# description: A call with one of the listed effects needs a person's approval.
# custom:
#   owner: library
#   reason: destructive_needs_approval
#   message: This cannot be undone, so a person has to approve it.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "destructive_asks" if {
	some effect in input.action.effects
	effect in data.policy.resource.library.destructive_asks.effects
	not input.action.target.id in data.policy.resource.library.destructive_asks.exempt_targets
}

require_approval contains "destructive_asks" if not destructive_asks_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
destructive_asks_configured if {
	is_array(data.policy.resource.library.destructive_asks.effects)
	is_array(data.policy.resource.library.destructive_asks.exempt_targets)
}
