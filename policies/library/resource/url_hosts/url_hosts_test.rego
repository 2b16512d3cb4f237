package policy.resource_test

import data.policy.resource

url_hosts_settings := {"arguments": ["url", "urls"], "hosts": ["docs.acme.example"], "domains": ["partner.example"], "exempt_tools": []}

url_hosts_call := {"action": {"tool": "fetch.fetch", "args": {}}}

test_url_hosts_listed_hosts_are_not_denied if {
	every part in [
		{"action": {"args": {"url": "https://docs.acme.example"}}},
		{"action": {"args": {"url": "https://docs.acme.example/a?b#c"}}},
		{"action": {"args": {"url": "HTTPS://Docs.Acme.Example/"}}},
		{"action": {"args": {"url": "https://docs.acme.example:443/x"}}},
		{"action": {"args": {"url": "https://docs.acme.example?q=1"}}},
		{"action": {"args": {"url": "https://partner.example/"}}},
		{"action": {"args": {"url": "https://a.b.partner.example/x"}}},
		{"action": {"args": {}}},
		{"action": {"args": {"urls": ["https://docs.acme.example/a"]}}},
	] {
		not "url_hosts" in resource.deny with input as object.union(url_hosts_call, part)
			with data.policy.resource.library.url_hosts as url_hosts_settings
	}
}

test_url_hosts_other_addresses_are_denied if {
	every part in [
		{"action": {"args": {"url": "https://evil.example/"}}},
		{"action": {"args": {"url": "http://docs.acme.example/"}}},
		{"action": {"args": {"url": "https://docs.acme.example.evil.example/"}}},
		{"action": {"args": {"url": "https://docs.acme.example@evil.example/"}}},
		{"action": {"args": {"url": "https://user@docs.acme.example/"}}},
		{"action": {"args": {"url": "https://docs.acme.example:8443/"}}},
		{"action": {"args": {"url": "https://docs.acme.example\\@evil.example"}}},
		{"action": {"args": {"url": "https://evil.example/?https://docs.acme.example/"}}},
		{"action": {"args": {"url": "https://notpartner.example/"}}},
		{"action": {"args": {"url": "https://partnerXexample/"}}},
		{"action": {"args": {"url": "https://evil.example#.partner.example/"}}},
		{"action": {"args": {"url": "https://evil.example\n.partner.example/"}}},
		{"action": {"args": {"url": "file:///etc/passwd"}}},
		{"action": {"args": {"url": "javascript:alert(1)"}}},
		{"action": {"args": {"url": "//docs.acme.example/"}}},
		{"action": {"args": {"url": " https://docs.acme.example/"}}},
		{"action": {"args": {"url": ""}}},
		{"action": {"args": {"urls": ["https://docs.acme.example/a", "https://evil.example/"]}}},
	] {
		"url_hosts" in resource.deny with input as object.union(url_hosts_call, part)
			with data.policy.resource.library.url_hosts as url_hosts_settings
	}
}

test_url_hosts_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"url": 7}}},
		{"action": {"args": {"url": null}}},
		{"action": {"args": {"url": {"href": "https://docs.acme.example/"}}}},
		{"action": {"args": {"urls": [["https://docs.acme.example/"]]}}},
	] {
		"url_hosts" in resource.deny with input as object.union(url_hosts_call, part)
			with data.policy.resource.library.url_hosts as url_hosts_settings
	}
}

test_url_hosts_no_host_may_be_called_by_default if {
	given := object.union(url_hosts_call, {"action": {"args": {"url": "https://docs.acme.example/"}}})
	settings := {"arguments": ["url", "urls"], "hosts": [], "domains": [], "exempt_tools": []}
	"url_hosts" in resource.deny with input as given
		with data.policy.resource.library.url_hosts as settings
}

test_url_hosts_an_exempt_tool_is_not_denied if {
	given := object.union(url_hosts_call, {"action": {"args": {"url": "x"}}})
	settings := {"arguments": ["url", "urls"], "hosts": ["docs.acme.example"], "domains": ["partner.example"], "exempt_tools": ["fetch.fetch"]}
	not "url_hosts" in resource.deny with input as given
		with data.policy.resource.library.url_hosts as settings
}

test_url_hosts_holds_for_every_call_without_configuration if {
	"url_hosts" in resource.deny with input as {}
		with data.policy.resource.library.url_hosts as {}
}
