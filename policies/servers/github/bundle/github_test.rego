package servers.github_test

import data.servers.github

settings := {
	"tools": {"get_me": "open", "issue_read": "open", "create_or_update_file": "ask", "push_files": "ask", "pull_request_review_write": "ask", "merge_pull_request": "refused"},
	"repositories": ["acme/site", "Tools/*"],
	"tools_without_repository": ["get_me"],
	"branch_prefixes": ["agent/"],
	"protected_folders": [".github"],
}

call(tool, args) := {"action": {"type": "tool_call", "server": "github", "tool_name": tool, "effects": ["read"], "args": args}}

at(tool, args) := call(tool, object.union({"owner": "acme", "repo": "site"}, args))

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["merge_pull_request", "no_such_tool", ""] {
		"tool_not_open" in github.deny with input as call(tool, {}) with data.servers.github.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "github", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(github.deny) == 0 with input as at("issue_read", {"method": "get", "issue_number": 7}) with data.servers.github.settings as settings
	count(github.require_approval) == 0 with input as at("issue_read", {"method": "get", "issue_number": 7}) with data.servers.github.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(github.deny) == 0 with input as at("create_or_update_file", {"branch": "agent/x", "path": "docs/a.md"}) with data.servers.github.settings as settings
	"tool_asks" in github.require_approval with input as at("create_or_update_file", {"branch": "agent/x", "path": "docs/a.md"}) with data.servers.github.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["get_me"]}, {"tools": {"get_me": true}}] {
		"tool_not_open" in github.deny with input as call("get_me", {}) with data.servers.github.settings as broken
	}
}

test_listed_repositories_are_not_refused if {
	every given in [
		at("issue_read", {}),
		call("issue_read", {"owner": "Acme", "repo": "Site"}),
		call("issue_read", {"owner": "tools", "repo": ".github"}),
		call("get_me", {}),
	] {
		not "repository_not_open" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_other_repositories_are_refused if {
	every given in [
		call("issue_read", {"owner": "acme", "repo": "other"}),
		call("issue_read", {"owner": "acme", "repo": "site/../other"}),
		call("issue_read", {"owner": "tools", "repo": ".."}),
		call("issue_read", {"owner": "tools", "repo": "x%2f..%2fy"}),
		call("issue_read", {"owner": "tools/x", "repo": "y"}),
		call("issue_read", {"owner": "acme"}),
		call("issue_read", {"repo": "site"}),
		call("issue_read", {"owner": null, "repo": "site"}),
		call("issue_read", {"owner": "acme", "repo": 7}),
		call("search_code", {"query": "repo:acme/site x"}),
	] {
		"repository_not_open" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_no_repository_is_open_where_none_is_listed if {
	every listed in [[], {}, "acme/site", null] {
		"repository_not_open" in github.deny with input as at("issue_read", {}) with data.servers.github.settings.repositories as listed
		"repository_not_open" in github.deny with input as call("get_me", {})
			with data.servers.github.settings as {"tools_without_repository": listed}
	}
}

test_branches_of_agents_are_not_refused if {
	every given in [at("create_or_update_file", {"branch": "agent/x"}), at("issue_read", {})] {
		not "branch_not_open" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_other_branches_are_refused if {
	every branch in ["main", "refs/heads/agent/x", "Agent/x", "", null, 7, ["agent/x"]] {
		"branch_not_open" in github.deny with input as at("push_files", {"branch": branch}) with data.servers.github.settings as settings
	}
	"branch_not_open" in github.deny with input as at("create_branch", {}) with data.servers.github.settings as settings
	every prefixes in [[], "agent/", null] {
		given := at("delete_file", {"branch": "agent/x"})
		"branch_not_open" in github.deny with input as given with data.servers.github.settings.branch_prefixes as prefixes
	}
}

test_ordinary_files_are_not_refused if {
	every given in [
		at("create_or_update_file", {"path": "docs/.github.md"}),
		at("push_files", {"files": [{"path": "a.md", "content": "x"}, {"path": "src/b.ts", "content": "x"}]}),
		at("get_file_contents", {"path": ".github/workflows/ci.yaml"}),
	] {
		not "folder_protected" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_files_in_protected_folders_are_refused if {
	every path in [".github/workflows/ci.yaml", ".GitHub/CODEOWNERS", "a/.github/x", "./.github/x", "a/../.github/x", "%2egithub/x", "a\\b", null, 7] {
		one := at("create_or_update_file", {"path": path})
		"folder_protected" in github.deny with input as one with data.servers.github.settings as settings
		several := at("push_files", {"files": [{"path": "a.md"}, {"path": path}]})
		"folder_protected" in github.deny with input as several with data.servers.github.settings as settings
	}
	every given in [at("delete_file", {}), at("push_files", {}), at("push_files", {"files": [{"content": "x"}]})] {
		"folder_protected" in github.deny with input as given with data.servers.github.settings as settings
	}
	every folders in [{}, ".github", null] {
		given := at("delete_file", {"path": "a.md"})
		"folder_protected" in github.deny with input as given with data.servers.github.settings.protected_folders as folders
	}
}

test_comments_are_not_refused if {
	every args in [{"event": "COMMENT"}, {"event": "REQUEST_CHANGES"}, {}] {
		given := at("pull_request_review_write", args)
		not "approval_by_agent" in github.deny with input as given with data.servers.github.settings as settings
	}
}

test_an_approval_by_an_agent_is_refused if {
	every event in ["APPROVE", "approve", "", null, ["APPROVE"]] {
		given := at("pull_request_review_write", {"event": event})
		"approval_by_agent" in github.deny with input as given with data.servers.github.settings as settings
	}
}
