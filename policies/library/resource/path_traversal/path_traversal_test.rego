package policy.resource_test

import data.policy.resource

path_traversal_settings := {"arguments": ["path", "paths"], "exempt_tools": []}

path_traversal_call := {"action": {"tool": "filesystem.read_file", "target": {"kind": "tool", "id": "filesystem.read_file"}, "args": {}}}

test_path_traversal_plain_paths_are_not_denied if {
	every part in [
		{"action": {"args": {"path": "handbook/refunds.md"}}},
		{"action": {"args": {"path": "/srv/share/a..b.txt"}}},
		{"action": {"args": {"paths": ["a", "./b"]}}},
		{"action": {"args": {}}},
		{"action": {"args": {"text": "../x"}}},
	] {
		not "path_traversal" in resource.deny with input as object.union(path_traversal_call, part)
			with data.policy.resource.library.path_traversal as path_traversal_settings
	}
}

test_path_traversal_climbing_paths_are_denied if {
	every part in [
		{"action": {"args": {"path": "../../etc/passwd"}}},
		{"action": {"args": {"path": "a/../b"}}},
		{"action": {"args": {"path": ".."}}},
		{"action": {"args": {"path": " ../x"}}},
		{"action": {"args": {"path": "a/.. /b"}}},
		{"action": {"args": {"path": "%2e%2e/x"}}},
		{"action": {"args": {"path": "..\\x"}}},
		{"action": {"args": {"path": "~/x"}}},
		{"action": {"args": {"path": " ~root"}}},
		{"action": {"args": {"path": "a\u0000.md"}}},
		{"action": {"args": {"path": "a\nb"}}},
		{"action": {"args": {"paths": ["ok", "../x"]}}},
	] {
		"path_traversal" in resource.deny with input as object.union(path_traversal_call, part)
			with data.policy.resource.library.path_traversal as path_traversal_settings
	}
}

test_path_traversal_resources_are_held_to_the_same if {
	every part in [
		{"action": {"target": {"kind": "resource", "id": "file:///srv/../etc/passwd"}}},
		{"action": {"target": {"kind": "resource", "id": "crm://customers/%2e%2e/staff"}}},
	] {
		"path_traversal" in resource.deny with input as object.union(path_traversal_call, part)
			with data.policy.resource.library.path_traversal as path_traversal_settings
	}
}

test_path_traversal_a_plain_resource_is_not_denied if {
	given := object.union(path_traversal_call, {"action": {"target": {"kind": "resource", "id": "crm://customers/7"}}})
	not "path_traversal" in resource.deny with input as given
		with data.policy.resource.library.path_traversal as path_traversal_settings
}

test_path_traversal_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"path": 7}}},
		{"action": {"args": {"path": null}}},
		{"action": {"args": {"path": {"a": "b"}}}},
		{"action": {"args": {"paths": ["a", 7]}}},
	] {
		"path_traversal_unreadable" in resource.deny with input as object.union(path_traversal_call, part)
			with data.policy.resource.library.path_traversal as path_traversal_settings
	}
}

test_path_traversal_a_text_or_a_list_is_readable if {
	every part in [
		{"action": {"args": {"path": "a"}}},
		{"action": {"args": {"paths": ["a"]}}},
		{"action": {"args": {}}},
	] {
		not "path_traversal_unreadable" in resource.deny with input as object.union(path_traversal_call, part)
			with data.policy.resource.library.path_traversal as path_traversal_settings
	}
}

test_path_traversal_an_exempt_tool_is_not_denied if {
	given := object.union(path_traversal_call, {"action": {"args": {"path": "../x"}}})
	settings := {"arguments": ["path", "paths"], "exempt_tools": ["filesystem.read_file"]}
	not "path_traversal" in resource.deny with input as given
		with data.policy.resource.library.path_traversal as settings
}

test_path_traversal_other_arguments_may_be_named if {
	given := object.union(path_traversal_call, {"action": {"args": {"where": "../x"}}})
	"path_traversal" in resource.deny with input as given
		with data.policy.resource.library.path_traversal as {"arguments": ["where"], "exempt_tools": []}
}

test_path_traversal_holds_for_every_call_without_configuration if {
	"path_traversal" in resource.deny with input as {}
		with data.policy.resource.library.path_traversal as {}
}

test_path_traversal_unreadable_holds_for_every_call_without_configuration if {
	"path_traversal_unreadable" in resource.deny with input as {}
		with data.policy.resource.library.path_traversal as {}
}
