package policy.compliance

# METADATA
# title: Personal data is hidden in the record
# description: >-
#   The listed fields of a call that concerns a listed data class are hidden before it is recorded.
# custom:
#   owner: library
#   reason: personal_data_masked
#   message: Personal data is hidden before the call is recorded.
#   severity: low
#   overridable: false
#   controls: [LLM02, OWASP-MCP01, OWASP-MCP08, EU-AI-ACT-10, GDPR-25, GDPR-32]
oblige contains {"id": "mask_duty", "kind": "mask", "fields": fields} if {
	fields := data.policy.compliance.library.mask_duty.fields
	count(fields) > 0
	mask_duty_concerned
}

oblige contains {"id": "mask_duty", "kind": "mask", "fields": {"/action/args": "remove", "/result": "remove"}} if {
	not mask_duty_configured
}

# METADATA
# title: Listed fields of a tool are hidden
# description: The fields that are listed for the tool are hidden before its call is recorded.
# custom:
#   owner: library
#   reason: tool_fields_masked
#   message: Some fields are hidden before the call is recorded.
#   severity: low
#   overridable: false
#   controls: [LLM02, OWASP-MCP01, OWASP-MCP08, EU-AI-ACT-10, GDPR-25, GDPR-32]
oblige contains {"id": "mask_duty_tools", "kind": "mask", "fields": fields} if {
	fields := data.policy.compliance.library.mask_duty.tools[input.action.tool]
}

mask_duty_concerned if {
	some class in input.action.data_classes_referenced
	class in data.policy.compliance.library.mask_duty.classes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
mask_duty_configured if {
	is_object(data.policy.compliance.library.mask_duty.fields)
	is_array(data.policy.compliance.library.mask_duty.classes)
	is_object(data.policy.compliance.library.mask_duty.tools)
}
