package policy.compliance_test

import data.policy.compliance

duties(id) := {duty | some duty in compliance.oblige; duty.id == id}

using(tool) := object.union(calm, {"action": {"tool": tool}})

test_bank_details_are_hidden if {
	hidden := {"id": "mask_duty_tools", "kind": "mask", "fields": {"/action/args/iban": "partial"}}
	duties("mask_duty_tools") == {hidden} with input as using("payments.payout")
}

test_contact_details_are_hidden if {
	some duty in duties("mask_duty_tools") with input as using("crm.update_contact")
	duty.fields == {"/action/args/email": "partial", "/action/args/phone": "partial"}
}

test_nothing_is_hidden_where_no_argument_is_sensitive if count(compliance.oblige) == 0 with input as calm

test_records_of_payments_are_kept_longer if {
	kept := {"id": "retention_classes", "kind": "audit", "level": "full", "retention_days": 3650}
	duties("retention_classes") == {kept} with input as touching(["payment_data"])
}

test_other_records_are_kept_as_usual if {
	count(compliance.oblige) == 0 with input as touching(["public", "internal", "customer_data"])
}
