package policy.compliance_test

import data.policy.compliance

model_places_settings := {"regions": {"onprem": ["eu-west", "eu-central"]}}

model_places_call := {"action": {"type": "model_call", "provider": "onprem", "region": "eu-west"}}

test_model_places_a_listed_place_is_not_denied if {
	every part in [
		{},
		{"action": {"region": "eu-central"}},
	] {
		not "model_places" in compliance.deny with input as object.union(model_places_call, part)
			with data.policy.compliance.library.model_places as model_places_settings
	}
}

test_model_places_other_places_are_denied if {
	every part in [
		{"action": {"region": "us-east"}},
		{"action": {"region": "unknown"}},
		{"action": {"provider": "unknown"}},
		{"action": {"provider": "elsewhere"}},
	] {
		"model_places" in compliance.deny with input as object.union(model_places_call, part)
			with data.policy.compliance.library.model_places as model_places_settings
	}
}

test_model_places_nothing_is_listed_by_default if {
	"model_places" in compliance.deny with input as model_places_call
		with data.policy.compliance.library.model_places as {"regions": {}}
}

test_model_places_a_tool_is_no_model if {
	given := object.union(model_places_call, {"action": {"type": "tool_call", "region": "us-east"}})
	not "model_places" in compliance.deny with input as given
		with data.policy.compliance.library.model_places as model_places_settings
}

test_model_places_holds_for_every_call_without_configuration if {
	"model_places" in compliance.deny with input as {}
		with data.policy.compliance.library.model_places as {}
}
