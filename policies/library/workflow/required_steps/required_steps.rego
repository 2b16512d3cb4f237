package policy.workflow

# METADATA
# title: Some tools need others first
# description: A tool is called only in a conversation that has used every tool listed for it.
# custom:
#   owner: library
#   reason: step_missing
#   message: Another tool has to be used before this one.
#   remediation: do_the_steps_before
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI05, EU-AI-ACT-14, LLM06]
deny contains "required_steps" if {
	some needed in data.policy.workflow.library.required_steps.needs[input.action.tool]
	not required_steps_done(needed)
}

deny contains "required_steps" if not required_steps_configured

required_steps_done(needed) if needed in input.context.recent_tools

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
required_steps_configured if {
	is_object(data.policy.workflow.library.required_steps.needs)
}
