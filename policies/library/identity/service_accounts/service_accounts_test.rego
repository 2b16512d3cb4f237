package policy.identity_test

import data.policy.identity

service_accounts_settings := {"effects": ["read"], "targets": {}}

service_accounts_call := {"user": {"id": "svc-nightly", "kind": "service"}, "action": {"target": {"kind": "tool", "id": "crm.export"}, "effects": ["read"]}}

test_service_accounts_reading_is_not_denied if {
	not "service_accounts" in identity.deny with input as service_accounts_call
		with data.policy.identity.library.service_accounts as service_accounts_settings
}

test_service_accounts_more_than_reading_is_denied if {
	every part in [
		{"action": {"effects": ["write"]}},
		{"action": {"effects": ["read", "external"]}},
	] {
		"service_accounts" in identity.deny with input as object.union(service_accounts_call, part)
			with data.policy.identity.library.service_accounts as service_accounts_settings
	}
}

test_service_accounts_people_may_write if {
	given := object.union(service_accounts_call, {"user": {"kind": "human"}, "action": {"effects": ["write"]}})
	not "service_accounts" in identity.deny with input as given
		with data.policy.identity.library.service_accounts as service_accounts_settings
}

test_service_accounts_a_listed_target_may_be_used if {
	given := object.union(service_accounts_call, {"action": {"effects": ["write"]}})
	settings := {"effects": ["read"], "targets": {"svc-nightly": ["crm.export"]}}
	not "service_accounts" in identity.deny with input as given
		with data.policy.identity.library.service_accounts as settings
}

test_service_accounts_a_target_of_another_account_may_not if {
	given := object.union(service_accounts_call, {"action": {"effects": ["write"]}})
	settings := {"effects": ["read"], "targets": {"svc-other": ["crm.export"]}}
	"service_accounts" in identity.deny with input as given
		with data.policy.identity.library.service_accounts as settings
}

test_service_accounts_missing_effects_are_denied if {
	given := json.remove(service_accounts_call, ["/action/effects"])
	"service_accounts" in identity.deny with input as given
		with data.policy.identity.library.service_accounts as service_accounts_settings
}

test_service_accounts_holds_for_every_call_without_configuration if {
	"service_accounts" in identity.deny with input as {}
		with data.policy.identity.library.service_accounts as {}
}
