package servers.filesystem_test

import data.servers.filesystem

call(tool, args) := {"action": {"server": "filesystem", "tool_name": tool, "args": args}}

reading(path) := call("read_text_file", {"path": path})

writing(path) := call("write_file", {"path": path, "content": "Dear customer"})

test_reading_a_document_is_not_denied if count(filesystem.deny) == 0 with input as reading("handbook/refunds.md")

test_a_missing_path_is_denied if {
	every args in [{}, {"path": ""}, {"path": null}] {
		filesystem.deny == {"path_missing"} with input as call("list_directory", args)
	}
	"path_missing" in filesystem.deny with input as call("move_file", {"source": "drafts/a.md"})
	filesystem.deny == {"path_missing"} with input as call("read_multiple_files", {})
}

test_a_tool_without_a_path_needs_none if count(filesystem.deny) == 0 with input as call("list_allowed_directories", {})

test_a_hidden_file_is_denied if {
	every path in [".env", "handbook/.git/config", "drafts/.secret.md", "./x", "handbook/a..b/.env", "..env"] {
		"hidden_file" in filesystem.deny with input as reading(path)
	}
	"hidden_file" in filesystem.deny with input as call("read_multiple_files", {"paths": ["handbook/a.md", ".env"]})
}

test_a_dot_inside_a_name_hides_nothing if {
	not "hidden_file" in filesystem.deny with input as reading("handbook/a.b.md")
	not "hidden_file" in filesystem.deny with input as reading("handbook/a..b.md")
	not "hidden_file" in filesystem.deny with input as call("list_directory", {"path": "."})
}

test_a_path_that_climbs_is_left_to_the_resource_bundle if {
	count(filesystem.deny) == 0 with input as reading("../../etc/passwd")
}

test_writing_outside_drafts_is_denied if {
	every path in ["handbook/refunds.md", "drafts.md", "support/drafts/x.md"] {
		"write_outside_drafts" in filesystem.deny with input as writing(path)
	}
}

test_writing_a_draft_is_not_denied if count(filesystem.deny) == 0 with input as writing("drafts/letter.md")

test_writing_what_a_machine_would_run_is_denied if {
	every path in ["drafts/run.sh", "drafts/page.html", "drafts/letter.md.exe", "drafts/letter"] {
		filesystem.deny == {"file_kind"} with input as writing(path)
	}
}

test_a_folder_needs_no_ending if count(filesystem.deny) == 0 with input as call("create_directory", {"path": "drafts/2026"})

test_many_files_at_once_are_denied if {
	many := [sprintf("handbook/%d.md", [n]) | some n in numbers.range(1, 11)]
	filesystem.deny == {"too_many_files"} with input as call("read_multiple_files", {"paths": many})
}

test_a_few_files_at_once_are_not_denied if {
	count(filesystem.deny) == 0 with input as call("read_multiple_files", {"paths": ["handbook/refunds.md"]})
}

test_moving_a_file_asks_for_approval if {
	moving := call("move_file", {"source": "drafts/a.md", "destination": "handbook/a.md"})
	filesystem.require_approval == {"move"} with input as moving
}

test_reading_asks_for_none if count(filesystem.require_approval) == 0 with input as reading("handbook/refunds.md")
