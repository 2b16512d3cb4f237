package policy.compliance

# METADATA
# title: Models see listed data
# description: A model is sent the data classes that are listed for it and no others.
# custom:
#   owner: library
#   reason: model_not_approved_for_data
#   message: This model may not be sent this data. Use a model that is approved for it.
#   remediation: use_an_approved_model
#   severity: high
#   overridable: false
#   controls: [LLM02, OWASP-MCP10, OWASP-ASI04, EU-AI-ACT-10, GDPR-28]
deny contains "models_by_class" if {
	input.action.type == "model_call"
	some class in input.action.data_classes_referenced
	not models_by_class_approved(class)
}

deny contains "models_by_class" if not models_by_class_configured

# METADATA
# title: Models are listed
# description: A model that is not listed may not be called, unless that is opened.
# custom:
#   owner: library
#   reason: model_not_listed
#   message: This model is not one of those that may be called.
#   remediation: use_an_approved_model
#   severity: high
#   overridable: true
#   controls: [LLM02, OWASP-MCP10, OWASP-ASI04, EU-AI-ACT-10, GDPR-28]
deny contains "models_by_class_unlisted" if {
	input.action.type == "model_call"
	not models_by_class_listed
	not data.policy.compliance.library.models_by_class.unlisted_models == true
}

deny contains "models_by_class_unlisted" if not models_by_class_configured

models_by_class_approved(class) if {
	models := data.policy.compliance.library.models_by_class.models
	class in object.get(models, input.action.model, models.default)
}

models_by_class_listed if {
	input.action.model != "default"
	is_array(data.policy.compliance.library.models_by_class.models[input.action.model])
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
models_by_class_configured if {
	is_object(data.policy.compliance.library.models_by_class.models)
	is_array(data.policy.compliance.library.models_by_class.models.default)
	is_boolean(data.policy.compliance.library.models_by_class.unlisted_models)
}
