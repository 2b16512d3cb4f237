package policy.compliance

# METADATA
# title: User is cleared for customer data
# description: A call that touches customer data is made only for a user who is cleared for it.
# custom:
#   owner: privacy
#   reason: data_class_unauthorized_for_user
#   message: "Denied: the user is not cleared for customer data."
#   remediation: request_elevated_data_access
#   appeal_path: https://tickets.example/privacy
#   severity: high
#   overridable: true
#   controls: [GDPR-32]
#   audit: { level: full, retention_days: 365 }
deny contains "user_data_access" if {
	"customer_data" in input.action.data_classes_referenced
	not "customer_data" in input.user.data_classifications_authorized
}

# METADATA
# title: User is cleared for the data
# description: >-
#   A call is made only for a user who is cleared for every class of data that it touches. Public data needs no
#   clearance; customer data has a rule of its own.
# custom:
#   owner: privacy
#   reason: data_class_unauthorized_for_user
#   message: "Denied: the user is not cleared for a class of data that this call touches."
#   remediation: request_elevated_data_access
#   appeal_path: https://tickets.example/privacy
#   severity: high
#   overridable: true
#   controls: [GDPR-32]
#   audit: { level: full, retention_days: 365 }
deny contains "user_class_access" if {
	some class in input.action.data_classes_referenced
	class != "customer_data"
	not class in data.policy.compliance.open_classes
	not class in input.user.data_classifications_authorized
}

# METADATA
# title: Every class of data is authorised
# description: The call touches classified data and the user is cleared for all of it.
# custom:
#   owner: privacy
#   reason: data_class_authorized
#   message: The user is cleared for the data that this call touches.
#   controls: [GDPR-32]
#   audit: { level: full, retention_days: 365 }
affirm contains "data_class_authorized" if {
	count(input.action.data_classes_referenced) > 0
	every class in input.action.data_classes_referenced {
		class in input.user.data_classifications_authorized
	}
}
