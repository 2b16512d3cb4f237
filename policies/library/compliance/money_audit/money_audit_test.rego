package policy.compliance_test

import data.policy.compliance

money_audit_settings := {"arguments": ["amount", "amount_cents", "total", "total_cents", "price", "price_cents"], "classes": ["payment_data"], "retention_days": 3650}

money_audit_call := {"action": {"args": {}, "data_classes_referenced": []}}

test_money_audit_other_calls_are_not_kept_so if {
	not "money_audit" in {duty.id | some duty in compliance.oblige} with input as money_audit_call
		with data.policy.compliance.library.money_audit as money_audit_settings
}

test_money_audit_an_amount_is_kept if {
	given := object.union(money_audit_call, {"action": {"args": {"amount_cents": null}}})
	{"id": "money_audit", "kind": "audit", "level": "full", "retention_days": 3650} in compliance.oblige with input as given
		with data.policy.compliance.library.money_audit as money_audit_settings
}

test_money_audit_listed_data_is_kept if {
	given := object.union(money_audit_call, {"action": {"data_classes_referenced": ["payment_data"]}})
	"money_audit" in {duty.id | some duty in compliance.oblige} with input as given
		with data.policy.compliance.library.money_audit as money_audit_settings
}

test_money_audit_another_time_may_be_named if {
	given := object.union(money_audit_call, {"action": {"args": {"amount": 1}}})
	settings := {"arguments": ["amount", "amount_cents", "total", "total_cents", "price", "price_cents"], "classes": ["payment_data"], "retention_days": 400}
	{"id": "money_audit", "kind": "audit", "level": "full", "retention_days": 400} in compliance.oblige with input as given
		with data.policy.compliance.library.money_audit as settings
}

test_money_audit_holds_for_every_call_without_configuration if {
	"money_audit" in {duty.id | some duty in compliance.oblige} with input as {}
		with data.policy.compliance.library.money_audit as {}
}
