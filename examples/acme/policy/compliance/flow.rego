package policy.compliance

# METADATA
# title: Confined data does not leave
# description: >-
#   Once a conversation has seen data that is confined to the company, it may not use anything with effects outside.
#   Models have rules of their own, by class and region.
# custom:
#   owner: privacy
#   reason: seen_data_may_not_leave
#   message: >-
#     This conversation has seen confidential data, so the agent may not send anything out. Write a draft, and let a
#     person send it.
#   remediation: let_a_person_send_it
#   appeal_path: https://tickets.example/privacy
#   severity: high
#   overridable: false
#   controls: [GDPR-5, ISO27001-A.8.12]
deny contains "seen_data_leaves" if {
	input.action.type != "model_call"
	"external" in input.action.effects
	some class in input.context.data_classes_seen
	class in data.policy.compliance.confined_classes
}
