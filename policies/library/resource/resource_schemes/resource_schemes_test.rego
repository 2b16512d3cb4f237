package policy.resource_test

import data.policy.resource

resource_schemes_settings := {"schemes": {"default": ["https"]}}

resource_schemes_call := {"action": {"server": "crm", "target": {"kind": "resource", "id": "crm://customers/7"}}}

test_resource_schemes_the_servers_own_scheme_is_not_denied if {
	every part in [
		{},
		{"action": {"target": {"id": "https://a.example/x"}}},
		{"action": {"target": {"id": "HTTPS://a.example/x"}}},
	] {
		not "resource_schemes" in resource.deny with input as object.union(resource_schemes_call, part)
			with data.policy.resource.library.resource_schemes as resource_schemes_settings
	}
}

test_resource_schemes_other_schemes_are_denied if {
	every part in [
		{"action": {"target": {"id": "file:///etc/passwd"}}},
		{"action": {"target": {"id": "http://a.example"}}},
		{"action": {"target": {"id": "crm2://x"}}},
		{"action": {"target": {"id": ""}}},
	] {
		"resource_schemes" in resource.deny with input as object.union(resource_schemes_call, part)
			with data.policy.resource.library.resource_schemes as resource_schemes_settings
	}
}

test_resource_schemes_a_server_may_have_others if {
	given := object.union(resource_schemes_call, {"action": {"target": {"id": "file:///srv/x"}}})
	not "resource_schemes" in resource.deny with input as given
		with data.policy.resource.library.resource_schemes as {"schemes": {"default": [], "crm": ["file"]}}
}

test_resource_schemes_another_server_may_not if {
	given := object.union(resource_schemes_call, {"action": {"target": {"id": "file:///srv/x"}}})
	"resource_schemes" in resource.deny with input as given
		with data.policy.resource.library.resource_schemes as {"schemes": {"default": [], "kb": ["file"]}}
}

test_resource_schemes_a_tool_is_no_resource if {
	given := object.union(resource_schemes_call, {"action": {"target": {"kind": "tool", "id": "crm.read"}}})
	not "resource_schemes" in resource.deny with input as given
		with data.policy.resource.library.resource_schemes as resource_schemes_settings
}

test_resource_schemes_holds_for_every_call_without_configuration if {
	"resource_schemes" in resource.deny with input as {}
		with data.policy.resource.library.resource_schemes as {}
}
