package policy.resource_test

import data.policy.resource

mail(to) := call("support", "crm.send_email", {"to": to, "subject": "Hello", "body": "…"})

test_a_colleague_may_be_written_to if {
	count(resource.deny) == 0 with input as mail(["mara@acme.example", "LEE@ACME.example"])
}

test_a_recipient_outside_the_company_is_denied if {
	every address in [
		"kim@elsewhere.example", "kim@notacme.example", "kim@acme.example.org", "kim@sub.acme.example",
		"kim@elsewhere.example,mara@acme.example",
	] {
		denials := resource.deny with input as mail(["mara@acme.example", address])
		count(denials & {"recipient_outside_company", "recipient_unusable"}) > 0
	}
}

test_recipients_outside_are_named_as_such if {
	"recipient_outside_company" in resource.deny with input as mail(["kim@elsewhere.example"])
	not "recipient_outside_company" in resource.deny with input as mail(["mara@acme.example"])
}

test_recipients_that_are_not_bare_addresses_are_denied if {
	every to in [
		[], null, "mara@acme.example", 7, [7], ["mara"], ["Mara <mara@acme.example>"],
		["kim@elsewhere.example,mara@acme.example"], ["mara@acme.example\nBcc: kim@elsewhere.example"], [""],
	] {
		"recipient_unusable" in resource.deny with input as mail(to)
	}
	"recipient_unusable" in resource.deny with input as call("support", "crm.send_email", {})
}

test_bare_addresses_are_not_denied_as_unusable if {
	not "recipient_unusable" in resource.deny with input as mail(["mara@acme.example"])
}

test_arguments_of_other_tools_are_no_recipients if {
	count(resource.deny) == 0 with input as call("support", "everything.echo", {"to": ["kim@elsewhere.example"]})
}
