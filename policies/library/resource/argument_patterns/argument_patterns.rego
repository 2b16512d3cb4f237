package policy.resource

# METADATA
# title: Arguments have their form
# description: An argument that is listed for the tool is a text that matches its pattern as a whole.
# custom:
#   owner: library
#   reason: argument_form_not_allowed
#   message: An argument does not have the form that this tool takes.
#   remediation: correct_the_arguments
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI05, OWASP-MCP05]
deny contains "argument_patterns" if {
	some argument, pattern in data.policy.resource.library.argument_patterns.tools[input.action.tool]
	not argument_patterns_matches(argument, pattern)
}

deny contains "argument_patterns" if not argument_patterns_configured

argument_patterns_matches(argument, pattern) if {
	is_string(input.action.args[argument])
	regex.match(concat("", ["^(?:", pattern, ")$"]), input.action.args[argument])
}

argument_patterns_matches(argument, _) if {
	argument in data.policy.resource.library.argument_patterns.optional[input.action.tool]
	object.get(input.action.args, argument, null) == null
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
argument_patterns_configured if {
	is_object(data.policy.resource.library.argument_patterns.tools)
	is_object(data.policy.resource.library.argument_patterns.optional)
}
