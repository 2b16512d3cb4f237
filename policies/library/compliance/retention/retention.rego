package policy.compliance

# METADATA
# title: Records are kept for half a year
# description: The record of every call is kept for the floor of days, where there is one.
# custom:
#   owner: library
#   reason: record_kept
#   message: The record of this call is kept.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-12, EU-AI-ACT-19, EU-AI-ACT-26, OWASP-MCP08]
oblige contains {"id": "retention", "kind": "audit", "level": "basic", "retention_days": days} if {
	days := data.policy.compliance.library.retention.floor_days
	days > 0
}

oblige contains {"id": "retention", "kind": "audit", "level": "full", "retention_days": 3650} if {
	not retention_configured
}

# METADATA
# title: Records of listed data are kept longer
# description: The record of a call that concerns a listed data class is kept for the days of the class.
# custom:
#   owner: library
#   reason: record_kept_longer
#   message: The record of this call is kept longer.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-12, EU-AI-ACT-19, EU-AI-ACT-26, OWASP-MCP08]
oblige contains {"id": "retention_classes", "kind": "audit", "level": "full", "retention_days": days} if {
	some class in input.action.data_classes_referenced
	days := data.policy.compliance.library.retention.classes[class]
}

# METADATA
# title: Records of listed agents are kept longer
# description: The record of a call by an agent of a listed scope is kept for the days of the scope.
# custom:
#   owner: library
#   reason: record_kept_longer
#   message: The record of this call is kept longer.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-12, EU-AI-ACT-19, EU-AI-ACT-26, OWASP-MCP08]
oblige contains {"id": "retention_scopes", "kind": "audit", "level": "full", "retention_days": days} if {
	days := data.policy.compliance.library.retention.scopes[input.agent.scope]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
retention_configured if {
	is_number(data.policy.compliance.library.retention.floor_days)
	data.policy.compliance.library.retention.floor_days >= 0
	is_object(data.policy.compliance.library.retention.classes)
	is_object(data.policy.compliance.library.retention.scopes)
}
