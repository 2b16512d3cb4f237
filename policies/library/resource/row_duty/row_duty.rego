package policy.resource

# METADATA
# title: Listed tools are bound to few rows
# description: A call of a listed tool returns at most the listed number of rows.
# custom:
#   owner: library
#   reason: rows_limited
#   message: The number of rows is limited.
#   severity: low
#   overridable: false
#   controls: [OWASP-ASI02, LLM02, EU-AI-ACT-10, GDPR-5]
oblige contains {"id": "row_duty", "kind": "limit", "limits": {"rows": rows}} if {
	rows := data.policy.resource.library.row_duty.tools[input.action.tool]
}

oblige contains {"id": "row_duty", "kind": "limit", "limits": {"rows": 1}} if {
	not row_duty_configured
}

# METADATA
# title: Listed data is bound to few rows
# description: >-
#   A call of a tool that concerns a listed data class returns at most the listed number of rows.
# custom:
#   owner: library
#   reason: rows_limited_for_class
#   message: The number of rows is limited for data of this class.
#   severity: low
#   overridable: false
#   controls: [OWASP-ASI02, LLM02, EU-AI-ACT-10, GDPR-5]
oblige contains {"id": "row_duty_classes", "kind": "limit", "limits": {"rows": rows}} if {
	input.action.type == "tool_call"
	some class in input.action.data_classes_referenced
	rows := data.policy.resource.library.row_duty.classes[class]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
row_duty_configured if {
	is_object(data.policy.resource.library.row_duty.tools)
	is_object(data.policy.resource.library.row_duty.classes)
}
