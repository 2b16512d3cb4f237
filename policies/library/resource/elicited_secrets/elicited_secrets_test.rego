package policy.resource_test

import data.policy.resource

elicited_secrets_settings := {"words": ["password", "passwd", "passphrase", "secret", "token", "api key", "api_key", "apikey", "private key", "private_key", "pin code", "one-time", "otp", "2fa", "card number", "card_number", "cardnumber", "cvv", "cvc", "iban", "social security", "ssn", "seed phrase", "credential"]}

elicited_secrets_call := {"action": {"type": "elicitation", "args": {"message": "Which customer?", "requestedSchema": {"type": "object", "properties": {"customer": {"type": "string"}}}}}}

test_elicited_secrets_other_questions_are_not_denied if {
	not "elicited_secrets" in resource.deny with input as elicited_secrets_call
		with data.policy.resource.library.elicited_secrets as elicited_secrets_settings
}

test_elicited_secrets_questions_for_secrets_are_denied if {
	every part in [
		{"action": {"args": {"message": "Please enter your Password"}}},
		{"action": {"args": {"requestedSchema": {"properties": {"API_KEY": {"type": "string"}}}}}},
		{"action": {"args": {"requestedSchema": {"properties": {"x": {"title": "Card number"}}}}}},
	] {
		"elicited_secrets" in resource.deny with input as object.union(elicited_secrets_call, part)
			with data.policy.resource.library.elicited_secrets as elicited_secrets_settings
	}
}

test_elicited_secrets_calls_are_no_questions if {
	given := object.union(elicited_secrets_call, {"action": {"type": "tool_call", "args": {"message": "password"}}})
	not "elicited_secrets" in resource.deny with input as given
		with data.policy.resource.library.elicited_secrets as elicited_secrets_settings
}

test_elicited_secrets_other_words_may_be_named if {
	"elicited_secrets" in resource.deny with input as elicited_secrets_call
		with data.policy.resource.library.elicited_secrets as {"words": ["customer"]}
}

test_elicited_secrets_an_empty_question_is_not_denied if {
	given := json.remove(elicited_secrets_call, ["/action/args/message", "/action/args/requestedSchema"])
	not "elicited_secrets" in resource.deny with input as given
		with data.policy.resource.library.elicited_secrets as elicited_secrets_settings
}

test_elicited_secrets_holds_for_every_call_without_configuration if {
	"elicited_secrets" in resource.deny with input as {}
		with data.policy.resource.library.elicited_secrets as {}
}
