package policy.resource

# METADATA
# title: A large blast radius is asked for
# description: A call to something with one of the listed blast radii needs a person's approval.
# custom:
#   owner: library
#   reason: blast_radius_needs_approval
#   message: This can do harm beyond one record, so a person has to approve it.
#   remediation: ask_for_approval
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI08, OWASP-ASI02, LLM06, EU-AI-ACT-14, EU-AI-ACT-9]
require_approval contains "blast_radius_asks" if {
	input.action.blast_radius in data.policy.resource.library.blast_radius_asks.radii
	not input.action.target.id in data.policy.resource.library.blast_radius_asks.exempt_targets
	not input.action.type in data.policy.resource.library.blast_radius_asks.exempt_types
}

require_approval contains "blast_radius_asks" if not blast_radius_asks_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
blast_radius_asks_configured if {
	is_array(data.policy.resource.library.blast_radius_asks.radii)
	is_array(data.policy.resource.library.blast_radius_asks.exempt_targets)
	is_array(data.policy.resource.library.blast_radius_asks.exempt_types)
}
