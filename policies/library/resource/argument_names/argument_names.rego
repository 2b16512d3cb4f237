package policy.resource

# METADATA
# title: Only known arguments are sent
# description: A listed tool is given the arguments that are listed for it and no others.
# custom:
#   owner: library
#   reason: argument_unknown
#   message: This tool is not given an argument of that name here.
#   remediation: correct_the_arguments
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP03, OWASP-MCP05]
deny contains "argument_names" if {
	allowed := data.policy.resource.library.argument_names.tools[input.action.tool]
	some name, _ in input.action.args
	not name in allowed
}

deny contains "argument_names" if not argument_names_configured

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
argument_names_configured if {
	is_object(data.policy.resource.library.argument_names.tools)
}
