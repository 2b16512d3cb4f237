package policy.identity_test

import data.policy.identity

known_clients_settings := {"names": ["*"], "protocols_without_client": ["decision_api/v1"]}

known_clients_call := {"session": {"protocol": "mcp/2026-07-28", "client_name": "claude-code"}}

test_known_clients_any_named_client_is_taken_by_default if {
	not "known_clients" in identity.deny with input as known_clients_call
		with data.policy.identity.library.known_clients as known_clients_settings
}

test_known_clients_a_client_without_a_name_is_denied if {
	given := object.union(known_clients_call, {"session": {"client_name": ""}})
	"known_clients" in identity.deny with input as given
		with data.policy.identity.library.known_clients as known_clients_settings
}

test_known_clients_a_client_that_is_not_listed_is_denied if {
	settings := {"names": ["cursor"], "protocols_without_client": ["decision_api/v1"]}
	"known_clients" in identity.deny with input as known_clients_call
		with data.policy.identity.library.known_clients as settings
}

test_known_clients_a_listed_client_is_not_denied if {
	settings := {"names": ["cursor", "claude-code"], "protocols_without_client": ["decision_api/v1"]}
	not "known_clients" in identity.deny with input as known_clients_call
		with data.policy.identity.library.known_clients as settings
}

test_known_clients_names_are_compared_exactly if {
	settings := {"names": ["Claude-Code", "claude"], "protocols_without_client": ["decision_api/v1"]}
	"known_clients" in identity.deny with input as known_clients_call
		with data.policy.identity.library.known_clients as settings
}

test_known_clients_the_decision_api_has_no_client if {
	given := object.union(known_clients_call, {"session": {"protocol": "decision_api/v1", "client_name": ""}})
	not "known_clients" in identity.deny with input as given
		with data.policy.identity.library.known_clients as known_clients_settings
}

test_known_clients_an_empty_list_takes_nobody if {
	settings := {"names": [], "protocols_without_client": ["decision_api/v1"]}
	"known_clients" in identity.deny with input as known_clients_call
		with data.policy.identity.library.known_clients as settings
}

test_known_clients_holds_for_every_call_without_configuration if {
	"known_clients" in identity.deny with input as {}
		with data.policy.identity.library.known_clients as {}
}
