package policy.compliance

# METADATA
# title: Model is reviewed
# description: Only models that privacy has reviewed may be called, whatever they are sent.
# custom:
#   owner: privacy
#   reason: model_not_reviewed
#   message: This model has not been reviewed, so nothing may be sent to it.
#   remediation: use_a_reviewed_model
#   suggest:
#     - change: { action.model: onprem-70b }
#   appeal_path: https://tickets.example/privacy
#   severity: critical
#   overridable: false
#   controls: [EU-AI-ACT-26]
deny contains "model_not_reviewed" if {
	input.action.type == "model_call"
	not data.policy.compliance.models[input.action.model]
}

# METADATA
# title: Model may receive the data
# description: >-
#   A reviewed model is sent only the classes of data that it was reviewed for. It is sent the conversation so far, so
#   what earlier calls have returned counts as well.
# custom:
#   owner: privacy
#   reason: model_not_allowed_for_data_class
#   message: This model may not be sent data of this class.
#   remediation: use_a_model_that_may_receive_the_data
#   suggest:
#     - change: { action.model: onprem-70b }
#     - change: { action.model: northstar }
#   appeal_path: https://tickets.example/privacy
#   severity: medium
#   overridable: true
#   controls: [GDPR-28]
deny contains "model_for_class" if {
	input.action.type == "model_call"
	some class in input.action.data_classes_referenced
	not class in object.get(data.policy.compliance.models, input.action.model, [])
}
