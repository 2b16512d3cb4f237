package policy.resource

# METADATA
# title: Arguments hold listed values
# description: An argument that is listed for the tool has one of its listed values.
# custom:
#   owner: library
#   reason: argument_value_not_allowed
#   message: An argument has a value that may not be used with this tool.
#   remediation: correct_the_arguments
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP05, OWASP-MCP02]
deny contains "argument_values" if {
	some argument, values in data.policy.resource.library.argument_values.tools[input.action.tool]
	not argument_values_listed(argument, values)
}

deny contains "argument_values" if not argument_values_configured

argument_values_listed(argument, values) if object.get(input.action.args, argument, null) in values

argument_values_listed(argument, values) if {
	is_array(input.action.args[argument])
	count(input.action.args[argument]) > 0
	every element in input.action.args[argument] {
		element in values
	}
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
argument_values_configured if {
	is_object(data.policy.resource.library.argument_values.tools)
}
