package policy.resource_test

import data.policy.resource

mail_recipients_settings := {"arguments": ["to", "cc"], "domains": ["acme.example"], "exempt_tools": []}

mail_recipients_call := {"action": {"tool": "crm.send_email", "effects": ["external"], "args": {}}}

test_mail_recipients_colleagues_are_not_denied if {
	every part in [
		{"action": {"args": {"to": ["a@acme.example"]}}},
		{"action": {"args": {"to": "A.B+c@ACME.example"}}},
		{"action": {"args": {"to": [], "cc": ["b@acme.example"]}}},
		{"action": {"args": {}}},
	] {
		not "mail_recipients" in resource.deny with input as object.union(mail_recipients_call, part)
			with data.policy.resource.library.mail_recipients as mail_recipients_settings
	}
}

test_mail_recipients_others_are_denied if {
	every part in [
		{"action": {"args": {"to": ["a@acme.example", "x@evil.example"]}}},
		{"action": {"args": {"cc": "x@evil.example"}}},
		{"action": {"args": {"to": "a@notacme.example"}}},
		{"action": {"args": {"to": "a@sub.acme.example"}}},
		{"action": {"args": {"to": "x@evil.example,a@acme.example"}}},
		{"action": {"args": {"to": "<x@evil.example> a@acme.example"}}},
		{"action": {"args": {"to": "a@acme.example\n"}}},
		{"action": {"args": {"to": "everybody"}}},
		{"action": {"args": {"to": ""}}},
	] {
		"mail_recipients" in resource.deny with input as object.union(mail_recipients_call, part)
			with data.policy.resource.library.mail_recipients as mail_recipients_settings
	}
}

test_mail_recipients_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"to": 7}}},
		{"action": {"args": {"to": null}}},
		{"action": {"args": {"to": [{"email": "a@acme.example"}]}}},
		{"action": {"args": {"to": {"email": "a@acme.example"}}}},
	] {
		"mail_recipients" in resource.deny with input as object.union(mail_recipients_call, part)
			with data.policy.resource.library.mail_recipients as mail_recipients_settings
	}
}

test_mail_recipients_a_tool_that_stays_inside_is_not_denied if {
	given := object.union(mail_recipients_call, {"action": {"effects": ["write"], "args": {"to": "x@evil.example"}}})
	not "mail_recipients" in resource.deny with input as given
		with data.policy.resource.library.mail_recipients as mail_recipients_settings
}

test_mail_recipients_an_exempt_tool_is_not_denied if {
	given := object.union(mail_recipients_call, {"action": {"args": {"to": "de"}}})
	settings := {"arguments": ["to", "cc"], "domains": ["acme.example"], "exempt_tools": ["crm.send_email"]}
	not "mail_recipients" in resource.deny with input as given
		with data.policy.resource.library.mail_recipients as settings
}

test_mail_recipients_nobody_may_be_written_to_by_default if {
	given := object.union(mail_recipients_call, {"action": {"args": {"to": "a@acme.example"}}})
	settings := {"arguments": ["to", "cc"], "domains": [], "exempt_tools": []}
	"mail_recipients" in resource.deny with input as given
		with data.policy.resource.library.mail_recipients as settings
}

test_mail_recipients_holds_for_every_call_without_configuration if {
	"mail_recipients" in resource.deny with input as {}
		with data.policy.resource.library.mail_recipients as {}
}
