package policy.resource_test

import data.policy.resource

file(tool, args) := call("support", concat(".", ["filesystem", tool]), args)

reading(path) := file("read_text_file", {"path": path})

test_a_path_in_an_open_folder_is_not_denied if {
	every path in ["handbook/refunds.md", "support", "drafts/2026/letter to a customer.txt", "support/a-b_c.md", "handbook/a..b.md"] {
		count(resource.deny) == 0 with input as reading(path)
	}
}

test_a_path_that_climbs_is_denied if {
	every path in ["../../etc/passwd", "handbook/../finance/salaries.csv", " ../x", "handbook/..", "..", "handbook/.. /finance"] {
		"path_traversal" in resource.deny with input as reading(path)
	}
}

test_a_plain_path_is_not_denied_as_climbing if {
	not "path_traversal" in resource.deny with input as reading("handbook/refunds.md")
}

test_a_path_with_other_signs_is_denied if {
	every path in [
		"handbook/%2e%2e/finance", "handbook\\x", "~/x", "'handbook/x'", "handbook/a\u0000b", "file:///etc/passwd",
		"handbook/ümlaut", "handbook/a\nb", "", "C:\\x",
	] {
		"path_unusable" in resource.deny with input as reading(path)
	}
}

test_a_path_that_is_no_text_is_denied if {
	every unusable in [7, null, {"path": "handbook/x"}, true] {
		resource.deny == {"path_unusable", "path_traversal_unreadable"} with input as reading(unusable)
	}
	resource.deny == {"path_unusable"} with input as reading(["handbook/x"])
}

test_several_paths_are_a_list_of_texts if {
	resource.deny == {"path_unusable"} with input as file("read_multiple_files", {"paths": "handbook/x"})
	every unusable in [[7], ["handbook/a", null]] {
		denials := resource.deny with input as file("read_multiple_files", {"paths": unusable})
		denials == {"path_traversal_unreadable"}
	}
}

test_a_plain_path_is_not_denied_as_unusable if {
	not "path_unusable" in resource.deny with input as reading("handbook/refunds.md")
	not "path_unusable" in resource.deny with input as file("read_multiple_files", {"paths": ["handbook/a.md"]})
}

test_a_path_outside_the_open_folders_is_denied if {
	every path in ["finance/salaries.csv", "/etc/passwd", "handbooks/x", ".", "./handbook/x", " handbook/x", "Handbook/x"] {
		"path_outside_folders" in resource.deny with input as reading(path)
	}
}

test_a_folder_may_be_open_to_another_scope if {
	finance := {"path": "finance/salaries.csv"}
	count(resource.deny) == 0 with input as call("operations", "filesystem.read_text_file", finance)
	"path_outside_folders" in resource.deny with input as call("unknown", "filesystem.read_text_file", finance)
}

test_every_path_of_a_call_counts if {
	several := file("read_multiple_files", {"paths": ["handbook/a.md", "finance/salaries.csv"]})
	"path_outside_folders" in resource.deny with input as several
	from := file("move_file", {"source": "finance/salaries.csv", "destination": "drafts/x"})
	"path_outside_folders" in resource.deny with input as from
	into := file("move_file", {"source": "drafts/x", "destination": "finance/salaries.csv"})
	"path_outside_folders" in resource.deny with input as into
}

test_the_shared_folder_may_be_listed_but_not_walked if {
	count(resource.deny) == 0 with input as file("list_directory", {"path": "."})
	"path_outside_folders" in resource.deny with input as file("directory_tree", {"path": "."})
	"path_outside_folders" in resource.deny with input as file("search_files", {"path": ".", "pattern": "*"})
}

test_a_path_may_not_climb_whatever_tool_is_given_it if {
	resource.deny == {"path_traversal"} with input as call("support", "everything.echo", {"path": "../../etc/passwd"})
}

test_a_data_source_is_no_path if {
	odd := call("operations", "crm.query", {"source": 7, "sql": "select 1"})
	resource.deny == {"data_source_not_open"} with input as odd
}

test_the_folders_are_those_of_the_shared_files if {
	count(resource.deny) == 0 with input as call("support", "everything.echo", {"path": "finance/salaries.csv"})
}

resource_at(uri) := other_call("support", "crm", "resource_read", {"kind": "resource", "id": uri})

test_a_uri_that_climbs_is_denied if {
	every uri in ["crm://customers/../staff/1", "crm://customers/%2e%2e/staff/1", `crm://customers/..\staff`] {
		resource.deny == {"path_traversal"} with input as resource_at(uri)
	}
}

test_a_plain_uri_is_not_denied if count(resource.deny) == 0 with input as resource_at("crm://customers/7")
