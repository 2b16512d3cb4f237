package policy.compliance

# METADATA
# title: Models run where they may
# description: A model is of a listed provider and runs in a region that is listed for it.
# custom:
#   owner: library
#   reason: model_place_not_allowed
#   message: Models of this provider, or in this region, may not be called.
#   remediation: use_an_approved_model
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI04, LLM02, EU-AI-ACT-10, EU-AI-ACT-26, GDPR-28, GDPR-44]
deny contains "model_places" if {
	input.action.type == "model_call"
	not model_places_listed
}

deny contains "model_places" if not model_places_configured

model_places_listed if {
	input.action.region in data.policy.compliance.library.model_places.regions[input.action.provider]
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
model_places_configured if {
	is_object(data.policy.compliance.library.model_places.regions)
}
