package policy.identity_test

import data.policy.identity

sign_in_settings := {"methods": {"http": ["jwt", "api_key"], "stdio": ["jwt", "api_key"]}}

sign_in_call := {"session": {"transport": "stdio", "auth_method": "jwt"}}

test_sign_in_a_token_is_taken if {
	not "sign_in" in identity.deny with input as sign_in_call
		with data.policy.identity.library.sign_in as sign_in_settings
}

test_sign_in_an_api_key_is_taken if {
	given := object.union(sign_in_call, {"session": {"transport": "http", "auth_method": "api_key"}})
	not "sign_in" in identity.deny with input as given
		with data.policy.identity.library.sign_in as sign_in_settings
}

test_sign_in_stdio_without_a_credential_is_denied if {
	given := object.union(sign_in_call, {"session": {"auth_method": "none"}})
	"sign_in" in identity.deny with input as given
		with data.policy.identity.library.sign_in as sign_in_settings
}

test_sign_in_http_without_a_credential_is_denied if {
	given := object.union(sign_in_call, {"session": {"transport": "http", "auth_method": "none"}})
	"sign_in" in identity.deny with input as given
		with data.policy.identity.library.sign_in as sign_in_settings
}

test_sign_in_a_way_that_is_not_listed_is_denied if {
	"sign_in" in identity.deny with input as sign_in_call
		with data.policy.identity.library.sign_in as {"methods": {"stdio": ["api_key"]}}
}

test_sign_in_a_transport_that_is_not_listed_is_denied if {
	"sign_in" in identity.deny with input as sign_in_call
		with data.policy.identity.library.sign_in as {"methods": {"http": ["jwt"]}}
}

test_sign_in_a_release_may_take_none_where_it_says_so if {
	given := object.union(sign_in_call, {"session": {"auth_method": "none"}})
	not "sign_in" in identity.deny with input as given
		with data.policy.identity.library.sign_in as {"methods": {"stdio": ["none"]}}
}

test_sign_in_holds_for_every_call_without_configuration if {
	"sign_in" in identity.deny with input as {}
		with data.policy.identity.library.sign_in as {}
}
