package policy.compliance_test

import data.policy.compliance

test_a_user_who_is_cleared_is_not_denied if count(compliance.deny) == 0 with input as calm

test_a_user_without_clearance_for_customer_data_is_denied if {
	compliance.deny == {"user_data_access"} with input as cleared_for(["public", "internal"])
}

test_a_user_without_clearance_for_another_class_is_denied if {
	payments := object.union(cleared_for(["public", "internal"]), {"action": {"data_classes_referenced": ["payment_data"]}})
	compliance.deny == {"user_class_access"} with input as payments
}

test_a_class_that_nobody_knows_is_denied if {
	"user_class_access" in compliance.deny with input as touching(["health_data"])
}

test_one_class_without_clearance_is_enough if {
	"user_class_access" in compliance.deny with input as touching(["customer_data", "employee_data"])
}

test_public_data_needs_no_clearance if {
	open := object.union(cleared_for([]), {"action": {"data_classes_referenced": ["public"]}})
	count(compliance.deny) == 0 with input as open
}

test_clearance_is_affirmed if "data_class_authorized" in compliance.affirm with input as calm

test_clearance_is_not_affirmed_where_one_class_lacks_it if {
	count(compliance.affirm) == 0 with input as touching(["customer_data", "employee_data"])
}

test_nothing_is_affirmed_where_no_data_is_touched if count(compliance.affirm) == 0 with input as touching([])
