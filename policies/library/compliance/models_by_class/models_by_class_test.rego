package policy.compliance_test

import data.policy.compliance

models_by_class_settings := {"models": {"default": ["public"], "onprem-70b": ["public", "customer_data"], "swift-8b": []}, "unlisted_models": false}

models_by_class_call := {"action": {"type": "model_call", "model": "onprem-70b", "data_classes_referenced": ["customer_data"]}}

test_models_by_class_listed_data_is_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": ["public"]}},
		{"action": {"data_classes_referenced": []}},
	] {
		not "models_by_class" in compliance.deny with input as object.union(models_by_class_call, part)
			with data.policy.compliance.library.models_by_class as models_by_class_settings
	}
}

test_models_by_class_other_data_is_denied if {
	every part in [
		{"action": {"data_classes_referenced": ["payment_data"]}},
		{"action": {"model": "swift-8b"}},
		{"action": {"model": "unheard-of"}},
	] {
		"models_by_class" in compliance.deny with input as object.union(models_by_class_call, part)
			with data.policy.compliance.library.models_by_class as models_by_class_settings
	}
}

test_models_by_class_a_tool_is_no_model if {
	given := object.union(models_by_class_call, {"action": {"type": "tool_call", "model": "", "data_classes_referenced": ["payment_data"]}})
	not "models_by_class" in compliance.deny with input as given
		with data.policy.compliance.library.models_by_class as models_by_class_settings
}

test_models_by_class_a_model_that_is_not_listed_is_denied if {
	every part in [
		{"action": {"model": "unheard-of"}},
		{"action": {"model": "", "data_classes_referenced": []}},
	] {
		"models_by_class_unlisted" in compliance.deny with input as object.union(models_by_class_call, part)
			with data.policy.compliance.library.models_by_class as models_by_class_settings
	}
}

test_models_by_class_a_listed_model_is_not if {
	every part in [
		{},
		{"action": {"model": "swift-8b"}},
	] {
		not "models_by_class_unlisted" in compliance.deny with input as object.union(models_by_class_call, part)
			with data.policy.compliance.library.models_by_class as models_by_class_settings
	}
}

test_models_by_class_unlisted_models_may_be_let if {
	given := object.union(models_by_class_call, {"action": {"model": "unheard-of"}})
	settings := {"models": {"default": ["public"], "onprem-70b": ["public", "customer_data"], "swift-8b": []}, "unlisted_models": true}
	not "models_by_class_unlisted" in compliance.deny with input as given
		with data.policy.compliance.library.models_by_class as settings
}

test_models_by_class_a_model_called_default_is_not_listed_by_that if {
	given := object.union(models_by_class_call, {"action": {"model": "default"}})
	"models_by_class_unlisted" in compliance.deny with input as given
		with data.policy.compliance.library.models_by_class as {"models": {"default": []}, "unlisted_models": false}
}

test_models_by_class_holds_for_every_call_without_configuration if {
	"models_by_class" in compliance.deny with input as {}
		with data.policy.compliance.library.models_by_class as {}
}

test_models_by_class_unlisted_holds_for_every_call_without_configuration if {
	"models_by_class_unlisted" in compliance.deny with input as {}
		with data.policy.compliance.library.models_by_class as {}
}
