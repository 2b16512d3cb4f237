package policy.resource_test

import data.policy.resource

write_folders_settings := {"arguments": ["path", "paths", "source", "destination"], "folders": {"default": ["drafts"], "operations": ["reports", "/srv/out"]}, "effects": ["write", "destructive"], "exempt_tools": []}

write_folders_call := {"agent": {"scope": "support"}, "action": {"tool": "filesystem.write_file", "effects": ["write"], "args": {}}}

test_write_folders_writing_in_an_open_folder_is_not_denied if {
	every part in [
		{"action": {"args": {"path": "drafts/a.md"}}},
		{"action": {"args": {"source": "drafts/a", "destination": "drafts/b/c"}}},
		{"action": {"args": {}}},
		{"agent": {"scope": "operations"}, "action": {"args": {"path": "/srv/out/x"}}},
	] {
		not "write_folders" in resource.deny with input as object.union(write_folders_call, part)
			with data.policy.resource.library.write_folders as write_folders_settings
	}
}

test_write_folders_writing_elsewhere_is_denied if {
	every part in [
		{"action": {"args": {"path": "handbook/a.md"}}},
		{"action": {"args": {"path": "drafts2/a"}}},
		{"action": {"args": {"path": "drafts"}}},
		{"action": {"args": {"path": "/drafts/a"}}},
		{"action": {"args": {"path": "drafts/../handbook/a"}}},
		{"action": {"args": {"source": "drafts/a", "destination": "handbook/a"}}},
		{"action": {"args": {"paths": ["drafts/a", "b"]}}},
		{"action": {"args": {"path": ""}}},
		{"agent": {"scope": "operations"}, "action": {"args": {"path": "drafts/x"}}},
	] {
		"write_folders" in resource.deny with input as object.union(write_folders_call, part)
			with data.policy.resource.library.write_folders as write_folders_settings
	}
}

test_write_folders_reading_is_not_denied if {
	given := object.union(write_folders_call, {"action": {"effects": ["read"], "args": {"path": "handbook/a"}}})
	not "write_folders" in resource.deny with input as given
		with data.policy.resource.library.write_folders as write_folders_settings
}

test_write_folders_destroying_is_held_to_the_same if {
	given := object.union(write_folders_call, {"action": {"effects": ["destructive"], "args": {"path": "handbook/a"}}})
	"write_folders" in resource.deny with input as given
		with data.policy.resource.library.write_folders as write_folders_settings
}

test_write_folders_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"path": 7}}},
		{"action": {"args": {"path": null}}},
		{"action": {"args": {"paths": [{"p": "drafts/a"}]}}},
	] {
		"write_folders" in resource.deny with input as object.union(write_folders_call, part)
			with data.policy.resource.library.write_folders as write_folders_settings
	}
}

test_write_folders_no_folder_is_open_where_none_is_listed if {
	given := object.union(write_folders_call, {"action": {"args": {"path": "drafts/a"}}})
	settings := {"arguments": ["path", "paths", "source", "destination"], "folders": {"default": []}, "effects": ["write", "destructive"], "exempt_tools": []}
	"write_folders" in resource.deny with input as given
		with data.policy.resource.library.write_folders as settings
}

test_write_folders_holds_for_every_call_without_configuration if {
	"write_folders" in resource.deny with input as {}
		with data.policy.resource.library.write_folders as {}
}
