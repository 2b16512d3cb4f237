package policy.workflow

# METADATA
# title: Calls come at a bounded rate
# description: In the window of a named budget at most so many calls are made.
# custom:
#   owner: library
#   reason: too_many_calls
#   message: This agent makes too many calls at the moment. Wait, and ask for more at a time.
#   remediation: wait
#   severity: medium
#   overridable: true
#   controls: [LLM10, OWASP-ASI08, OWASP-ASI10, LLM02]
deny contains "call_rate" if {
	some key, max in data.policy.workflow.library.call_rate.max
	not call_rate_exempt
	not call_rate_below(key, max)
}

deny contains "call_rate" if not call_rate_configured

call_rate_exempt if input.agent.scope in data.policy.workflow.library.call_rate.exempt_scopes

call_rate_below(key, max) if {
	is_number(max)
	input.usage[key].used + input.usage[key].reserved < max
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
call_rate_configured if {
	is_object(data.policy.workflow.library.call_rate.max)
	is_array(data.policy.workflow.library.call_rate.exempt_scopes)
}
