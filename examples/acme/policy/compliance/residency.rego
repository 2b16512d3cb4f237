package policy.compliance

# METADATA
# title: Data stays in its regions
# description: >-
#   Data of a class may only go to tools and models that run in a region listed for the class. A model is sent the
#   conversation so far, so what earlier calls have returned counts as well.
# custom:
#   owner: privacy
#   reason: data_class_not_allowed_in_region
#   message: This data may not be sent to the region where the tool or model runs.
#   remediation: use_a_tool_or_model_in_an_allowed_region
#   suggest:
#     - change: { action.model: onprem-70b }
#   appeal_path: https://tickets.example/privacy
#   severity: high
#   overridable: false
#   controls: [GDPR-44]
deny contains "residency" if {
	some class in input.action.data_classes_referenced
	allowed := object.get(data.policy.compliance.residency, class, [])
	not input.action.region in allowed
}
