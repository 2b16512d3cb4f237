package policy.compliance_test

import data.policy.compliance

class_combinations_settings := {"apart": {"health_data": ["employee_data"]}}

class_combinations_call := {"action": {"data_classes_referenced": ["health_data"]}, "context": {"data_classes_seen": ["public"]}}

test_class_combinations_each_alone_is_not_denied if {
	every part in [
		{},
		{"action": {"data_classes_referenced": ["employee_data"]}},
	] {
		not "class_combinations" in compliance.deny with input as object.union(class_combinations_call, part)
			with data.policy.compliance.library.class_combinations as class_combinations_settings
	}
}

test_class_combinations_both_are_denied if {
	every part in [
		{"context": {"data_classes_seen": ["employee_data"]}},
		{"context": {"data_classes_seen": ["health_data"]}, "action": {"data_classes_referenced": ["employee_data"]}},
		{"action": {"data_classes_referenced": ["health_data", "employee_data"]}},
	] {
		"class_combinations" in compliance.deny with input as object.union(class_combinations_call, part)
			with data.policy.compliance.library.class_combinations as class_combinations_settings
	}
}

test_class_combinations_other_data_may_follow_both if {
	given := object.union(class_combinations_call, {"context": {"data_classes_seen": ["health_data", "employee_data"]}, "action": {"data_classes_referenced": ["public"]}})
	not "class_combinations" in compliance.deny with input as given
		with data.policy.compliance.library.class_combinations as class_combinations_settings
}

test_class_combinations_nothing_is_listed_by_default if {
	given := object.union(class_combinations_call, {"context": {"data_classes_seen": ["employee_data"]}})
	not "class_combinations" in compliance.deny with input as given
		with data.policy.compliance.library.class_combinations as {"apart": {}}
}

test_class_combinations_holds_for_every_call_without_configuration if {
	"class_combinations" in compliance.deny with input as {}
		with data.policy.compliance.library.class_combinations as {}
}
