package policy.resource_test

import data.policy.resource

mail(to) := object.union(
	call("support", "crm.send_email", {"to": to, "subject": "Hello", "body": "…"}),
	{"action": {"effects": ["external"]}},
)

test_a_colleague_may_be_written_to if {
	count(resource.deny) == 0 with input as mail(["mara@acme.example", "LEE@ACME.example"])
}

test_a_recipient_outside_the_company_is_denied if {
	every address in [
		"kim@elsewhere.example", "kim@notacme.example", "kim@acme.example.org", "kim@sub.acme.example", "mara",
		"kim@elsewhere.example,mara@acme.example", "Mara <mara@acme.example>", "",
		"mara@acme.example\nBcc: kim@elsewhere.example", 7,
	] {
		resource.deny == {"mail_recipients"} with input as mail(["mara@acme.example", address])
	}
}

test_mail_without_a_list_of_recipients_is_denied if {
	every to in [[], null, "mara@acme.example", 7] { "recipient_unusable" in resource.deny with input as mail(to) }
	"recipient_unusable" in resource.deny with input as call("support", "crm.send_email", {})
}

test_a_list_of_recipients_is_not_denied_as_unusable if {
	not "recipient_unusable" in resource.deny with input as mail(["mara@acme.example"])
	not "recipient_unusable" in resource.deny with input as mail(["kim@elsewhere.example"])
}

test_arguments_of_tools_that_stay_inside_are_no_recipients if {
	inside := object.union(
		call("support", "everything.echo", {"to": ["kim@elsewhere.example"]}),
		{"action": {"effects": ["read"]}},
	)
	count(resource.deny) == 0 with input as inside
}
