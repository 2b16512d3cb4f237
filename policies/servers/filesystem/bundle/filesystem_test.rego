package servers.filesystem_test

import data.servers.filesystem

settings := {
	"tools": {"read_text_file": "open", "read_multiple_files": "open", "list_allowed_directories": "open", "write_file": "ask", "move_file": "ask"},
	"folders": {"read": ["/srv/share", "/srv/handbook"], "write": ["/srv/share/drafts"]},
}

call(tool, args) := {"action": {"type": "tool_call", "server": "filesystem", "tool_name": tool, "effects": ["read"], "args": args}}

writing(tool, args) := object.union(call(tool, args), {"action": {"effects": ["write"]}})

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in filesystem.deny with input as call(tool, {"path": "/srv/share/a.md"}) with data.servers.filesystem.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "filesystem", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in filesystem.deny with input as given with data.servers.filesystem.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(filesystem.deny) == 0 with input as call("read_text_file", {"path": "/srv/share/a.md"}) with data.servers.filesystem.settings as settings
	count(filesystem.require_approval) == 0 with input as call("read_text_file", {"path": "/srv/share/a.md"}) with data.servers.filesystem.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(filesystem.deny) == 0 with input as writing("write_file", {"path": "/srv/share/drafts/a.md", "content": "x"}) with data.servers.filesystem.settings as settings
	"tool_asks" in filesystem.require_approval with input as writing("write_file", {"path": "/srv/share/drafts/a.md", "content": "x"}) with data.servers.filesystem.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["read_text_file"]}, {"tools": {"read_text_file": true}}] {
		"tool_not_open" in filesystem.deny with input as call("read_text_file", {}) with data.servers.filesystem.settings as broken
	}
}

test_paths_in_open_folders_are_not_refused if {
	every given in [
		call("read_text_file", {"path": "/srv/share"}),
		call("read_text_file", {"path": "/srv/handbook/a..b/c.md"}),
		call("read_multiple_files", {"paths": ["/srv/share/a", "/srv/handbook/b"]}),
		call("list_allowed_directories", {}),
		writing("move_file", {"source": "/srv/share/drafts/a", "destination": "/srv/share/drafts/b"}),
	] {
		not "path_not_open" in filesystem.deny with input as given with data.servers.filesystem.settings as settings
	}
}

test_other_paths_are_refused if {
	every given in [
		call("read_text_file", {"path": "/etc/passwd"}),
		call("read_text_file", {"path": "/srv/share2/a"}),
		call("read_text_file", {"path": "/srv/share/../../etc/passwd"}),
		call("read_text_file", {"path": "/srv/share\\..\\..\\etc"}),
		call("read_text_file", {"path": "share/a"}),
		call("read_text_file", {"path": "~/a"}),
		call("read_multiple_files", {"paths": ["/srv/share/a", "/etc/passwd"]}),
		writing("write_file", {"path": "/srv/share/a.md", "content": "x"}),
		writing("move_file", {"source": "/srv/share/drafts/a", "destination": "/srv/handbook/a"}),
		writing("move_file", {"source": "/srv/handbook/a", "destination": "/srv/share/drafts/a"}),
	] {
		"path_not_open" in filesystem.deny with input as given with data.servers.filesystem.settings as settings
	}
}

test_a_path_that_is_missing_or_no_text_is_refused if {
	every given in [
		call("read_text_file", {}),
		call("read_text_file", {"path": null}),
		call("read_text_file", {"path": 7}),
		call("read_text_file", {"path": []}),
		call("read_text_file", {"path": [["/srv/share/a"]]}),
		call("read_multiple_files", {"path": "/srv/share/a"}),
		call("read_multiple_files", {"paths": "/etc/passwd"}),
		writing("move_file", {"source": "/srv/share/drafts/a"}),
	] {
		"path_not_open" in filesystem.deny with input as given with data.servers.filesystem.settings as settings
	}
}

test_no_folder_is_open_where_none_is_listed if {
	given := call("read_text_file", {"path": "/srv/share/a.md"})
	every folders in [{"read": [], "write": []}, {"write": ["/srv/share"]}, {"read": "/srv/share"}, {"read": {}}, []] {
		"path_not_open" in filesystem.deny with input as given with data.servers.filesystem.settings.folders as folders
	}
}
