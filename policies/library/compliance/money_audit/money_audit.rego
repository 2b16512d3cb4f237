package policy.compliance

# METADATA
# title: Records of money are kept in full
# description: >-
#   A call that changes something and names an amount, or that concerns listed data, is recorded in full and
#   kept.
# custom:
#   owner: library
#   reason: money_recorded
#   message: The record of this call is kept in full.
#   severity: low
#   overridable: false
#   controls: [SOX-802, OWASP-MCP08, EU-AI-ACT-12, EU-AI-ACT-19]
oblige contains {"id": "money_audit", "kind": "audit", "level": "full", "retention_days": days} if {
	money_audit_concerned
	days := data.policy.compliance.library.money_audit.retention_days
}

oblige contains {"id": "money_audit", "kind": "audit", "level": "full", "retention_days": 3650} if {
	not money_audit_configured
}

money_audit_concerned if {
	some name in data.policy.compliance.library.money_audit.arguments
	name in object.keys(input.action.args)
}

money_audit_concerned if {
	some class in input.action.data_classes_referenced
	class in data.policy.compliance.library.money_audit.classes
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
money_audit_configured if {
	is_array(data.policy.compliance.library.money_audit.arguments)
	is_array(data.policy.compliance.library.money_audit.classes)
	is_number(data.policy.compliance.library.money_audit.retention_days)
}
