package policy.compliance

# METADATA
# title: Records are tagged by data
# description: The record of a call that concerns a listed data class bears its tags.
# custom:
#   owner: library
#   reason: record_tagged
#   message: The record of this call is tagged.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-12, EU-AI-ACT-13, EU-AI-ACT-26, OWASP-MCP08]
oblige contains {"id": "tag_duty", "kind": "tag", "tags": tags} if {
	some class in input.action.data_classes_referenced
	tags := data.policy.compliance.library.tag_duty.classes[class]
}

oblige contains {"id": "tag_duty", "kind": "tag", "tags": ["untagged"]} if not tag_duty_configured

# METADATA
# title: Records are tagged by agent
# description: The record of a call by an agent of a listed scope bears its tags.
# custom:
#   owner: library
#   reason: record_tagged
#   message: The record of this call is tagged.
#   severity: low
#   overridable: false
#   controls: [EU-AI-ACT-12, EU-AI-ACT-13, EU-AI-ACT-26, OWASP-MCP08]
oblige contains {"id": "tag_duty_scopes", "kind": "tag", "tags": tags} if {
	tags := data.policy.compliance.library.tag_duty.scopes[input.agent.scope]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
tag_duty_configured if {
	is_object(data.policy.compliance.library.tag_duty.classes)
	is_object(data.policy.compliance.library.tag_duty.scopes)
}
