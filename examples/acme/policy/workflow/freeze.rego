package policy.workflow

# METADATA
# title: Nothing is destroyed during a change freeze
# description: >-
#   While operators have set the flag change_freeze, destructive tools are refused in production. No flag means no
#   freeze. What the catalogue does not list counts as destructive.
# custom:
#   owner: agent-platform
#   reason: change_freeze
#   message: There is a change freeze, so nothing that destroys data may be done now. Try again when it has ended.
#   remediation: wait_until_the_freeze_ends
#   appeal_path: https://tickets.example/agent-platform
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.8.32]
deny contains "change_freeze" if {
	input.environment.is_production
	object.get(input.environment.flags, "change_freeze", false)
	"destructive" in input.action.effects
}
