package policy.resource_test

import data.policy.resource

secret_paths_settings := {"arguments": ["path", "paths"], "parts": ["/.env", "/.ssh/", "/etc/shadow", "/id_rsa"], "endings": [".pem"], "exempt_tools": []}

secret_paths_call := {"action": {"tool": "filesystem.read_file", "target": {"kind": "tool", "id": "filesystem.read_file"}, "args": {}}}

test_secret_paths_other_paths_are_not_denied if {
	every part in [
		{"action": {"args": {"path": "handbook/environment.md"}}},
		{"action": {"args": {"path": "keys.pem.md"}}},
		{"action": {"args": {"paths": ["a.env.txt", "ssh/x"]}}},
		{"action": {"args": {}}},
		{"action": {"args": {"text": ".env"}}},
	] {
		not "secret_paths" in resource.deny with input as object.union(secret_paths_call, part)
			with data.policy.resource.library.secret_paths as secret_paths_settings
	}
}

test_secret_paths_paths_of_secrets_are_denied if {
	every part in [
		{"action": {"args": {"path": ".env"}}},
		{"action": {"args": {"path": "app/.ENV.production"}}},
		{"action": {"args": {"path": ".ssh"}}},
		{"action": {"args": {"path": "/srv/a/.ssh/config"}}},
		{"action": {"args": {"path": "/etc/shadow"}}},
		{"action": {"args": {"path": "c:\\users\\a\\.ssh\\id"}}},
		{"action": {"args": {"path": "tls/Server.PEM "}}},
		{"action": {"args": {"paths": ["a", "b/id_rsa.bak"]}}},
	] {
		"secret_paths" in resource.deny with input as object.union(secret_paths_call, part)
			with data.policy.resource.library.secret_paths as secret_paths_settings
	}
}

test_secret_paths_resources_are_held_to_the_same if {
	every part in [
		{"action": {"target": {"kind": "resource", "id": "file:///srv/.env"}}},
		{"action": {"target": {"kind": "resource", "id": "file:///srv/a.pem"}}},
	] {
		"secret_paths" in resource.deny with input as object.union(secret_paths_call, part)
			with data.policy.resource.library.secret_paths as secret_paths_settings
	}
}

test_secret_paths_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"path": {"a": ".env"}}}},
		{"action": {"args": {"path": 7}}},
		{"action": {"args": {"paths": [[".env"]]}}},
	] {
		"secret_paths" in resource.deny with input as object.union(secret_paths_call, part)
			with data.policy.resource.library.secret_paths as secret_paths_settings
	}
}

test_secret_paths_an_exempt_tool_is_not_denied if {
	given := object.union(secret_paths_call, {"action": {"args": {"path": ".env"}}})
	settings := {"arguments": ["path", "paths"], "parts": ["/.env", "/.ssh/", "/etc/shadow", "/id_rsa"], "endings": [".pem"], "exempt_tools": ["filesystem.read_file"]}
	not "secret_paths" in resource.deny with input as given
		with data.policy.resource.library.secret_paths as settings
}

test_secret_paths_other_parts_may_be_named if {
	given := object.union(secret_paths_call, {"action": {"args": {"path": "hr/payroll/2026.csv"}}})
	settings := {"arguments": ["path", "paths"], "parts": ["/payroll/"], "endings": [".pem"], "exempt_tools": []}
	"secret_paths" in resource.deny with input as given
		with data.policy.resource.library.secret_paths as settings
}

test_secret_paths_holds_for_every_call_without_configuration if {
	"secret_paths" in resource.deny with input as {}
		with data.policy.resource.library.secret_paths as {}
}
