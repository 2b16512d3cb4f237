package policy.resource_test

import data.policy.resource

private_addresses_settings := {"patterns": ["^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(localhost|[^/\\\\?#:@]*\\.(localhost|local|internal|intranet|lan|home\\.arpa|corp)|metadata|instance-data)\\.?([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(0|10|127)(\\.[0-9]+){0,3}([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(169\\.254|192\\.168|100\\.100\\.100|168\\.63\\.129)\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?172\\.(1[6-9]|2[0-9]|3[01])\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(0x[0-9a-f.x]+|0[0-7]+(\\.[0-9a-fx]+)*|[0-9]{4,10})([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?\\[", "^\\s*(file|gopher|dict|ldap|ftp|tftp|jar|netdoc):", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*[^/\\\\?#]*%"], "exempt_tools": []}

private_addresses_call := {"action": {"tool": "fetch.fetch", "args": {}}}

test_private_addresses_public_addresses_are_not_denied if {
	every part in [
		{"action": {"args": {"url": "https://docs.acme.example/a"}}},
		{"action": {"args": {"url": "https://172.15.0.1/"}}},
		{"action": {"args": {"url": "https://100.63.0.1/"}}},
		{"action": {"args": {"url": "https://8.8.8.8/"}}},
		{"action": {"args": {"url": "https://localhost.acme.example/"}}},
		{"action": {"args": {"url": "see http://localhost for more"}}},
		{"action": {"args": {"url": "10.0.0.1"}}},
		{"action": {"args": {"url": "http://11.0.0.1"}}},
		{"action": {"args": {"url": "https://1password.com/"}}},
		{"action": {"args": {"url": 7}}},
		{"action": {"args": {"url": null}}},
		{"action": {"args": {}}},
	] {
		not "private_addresses" in resource.deny with input as object.union(private_addresses_call, part)
			with data.policy.resource.library.private_addresses as private_addresses_settings
	}
}

test_private_addresses_private_addresses_are_denied if {
	every part in [
		{"action": {"args": {"url": "http://localhost"}}},
		{"action": {"args": {"url": "http://LOCALHOST:8080/x"}}},
		{"action": {"args": {"url": "http://127.0.0.1/"}}},
		{"action": {"args": {"url": "http://127.1"}}},
		{"action": {"args": {"url": "http://0/"}}},
		{"action": {"args": {"url": "http://10.0.0.5/x"}}},
		{"action": {"args": {"url": "http://172.16.0.1"}}},
		{"action": {"args": {"url": "http://172.31.255.255/"}}},
		{"action": {"args": {"url": "http://192.168.1.1/"}}},
		{"action": {"args": {"url": "http://169.254.169.254/latest/meta-data/"}}},
		{"action": {"args": {"url": "http://100.64.0.1/"}}},
		{"action": {"args": {"url": "http://100.100.100.200/"}}},
		{"action": {"args": {"url": "http://metadata.google.internal/"}}},
		{"action": {"args": {"url": "http://metadata/"}}},
		{"action": {"args": {"url": "http://x.internal"}}},
		{"action": {"args": {"url": "http://2130706433/"}}},
		{"action": {"args": {"url": "http://0x7f000001/"}}},
		{"action": {"args": {"url": "http://0177.0.0.1/"}}},
		{"action": {"args": {"url": "http://[::1]/"}}},
		{"action": {"args": {"url": "http://[fd00::1]/"}}},
		{"action": {"args": {"url": "http://a@127.0.0.1/"}}},
		{"action": {"args": {"url": "https://docs.acme.example@10.0.0.1/"}}},
		{"action": {"args": {"url": "http:\\\\127.0.0.1"}}},
		{"action": {"args": {"url": "http:127.0.0.1"}}},
		{"action": {"args": {"url": " http://localhost/"}}},
		{"action": {"args": {"url": "file:///etc/passwd"}}},
		{"action": {"args": {"url": "gopher://x:70/"}}},
		{"action": {"args": {"url": "http://127%2e0.0.1/"}}},
		{"action": {"args": {"anything": ["https://a.example/", "http://10.1.1.1/"]}}},
		{"action": {"args": {"options": {"proxy": "http://127.0.0.1:8888"}}}},
	] {
		"private_addresses" in resource.deny with input as object.union(private_addresses_call, part)
			with data.policy.resource.library.private_addresses as private_addresses_settings
	}
}

test_private_addresses_an_exempt_tool_is_not_denied if {
	given := object.union(private_addresses_call, {"action": {"args": {"url": "http://localhost/"}}})
	settings := {"patterns": ["^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(localhost|[^/\\\\?#:@]*\\.(localhost|local|internal|intranet|lan|home\\.arpa|corp)|metadata|instance-data)\\.?([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(0|10|127)(\\.[0-9]+){0,3}([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(169\\.254|192\\.168|100\\.100\\.100|168\\.63\\.129)\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?172\\.(1[6-9]|2[0-9]|3[01])\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?(0x[0-9a-f.x]+|0[0-7]+(\\.[0-9a-fx]+)*|[0-9]{4,10})([:/\\\\?#]|$)", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*([^/\\\\?#]*@)?\\[", "^\\s*(file|gopher|dict|ldap|ftp|tftp|jar|netdoc):", "^\\s*[a-z][a-z0-9+.-]*:[/\\\\]*[^/\\\\?#]*%"], "exempt_tools": ["fetch.fetch"]}
	not "private_addresses" in resource.deny with input as given
		with data.policy.resource.library.private_addresses as settings
}

test_private_addresses_other_patterns_may_be_named if {
	given := object.union(private_addresses_call, {"action": {"args": {"url": "https://x.acme.example"}}})
	"private_addresses" in resource.deny with input as given
		with data.policy.resource.library.private_addresses as {"patterns": ["\\.acme\\.example"], "exempt_tools": []}
}

test_private_addresses_holds_for_every_call_without_configuration if {
	"private_addresses" in resource.deny with input as {}
		with data.policy.resource.library.private_addresses as {}
}
