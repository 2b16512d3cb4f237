package servers.git_test

import data.servers.git

settings := {
	"tools": {"git_status": "open", "git_diff": "open", "git_checkout": "ask", "git_create_branch": "ask", "git_commit": "ask", "git_reset": "refused"},
	"repositories": ["/srv/repositories/site"],
	"branch_prefixes": ["agent/", "bot-"],
}

call(tool, args) := {"action": {"type": "tool_call", "server": "git", "tool_name": tool, "effects": ["read"], "args": args}}

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["git_reset", "git_push", ""] {
		"tool_not_open" in git.deny with input as call(tool, {"repo_path": "/srv/repositories/site"}) with data.servers.git.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "git", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in git.deny with input as given with data.servers.git.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(git.deny) == 0 with input as call("git_status", {"repo_path": "/srv/repositories/site"}) with data.servers.git.settings as settings
	count(git.require_approval) == 0 with input as call("git_status", {"repo_path": "/srv/repositories/site"}) with data.servers.git.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(git.deny) == 0 with input as call("git_commit", {"repo_path": "/srv/repositories/site", "message": "- fix a typo"}) with data.servers.git.settings as settings
	"tool_asks" in git.require_approval with input as call("git_commit", {"repo_path": "/srv/repositories/site", "message": "- fix a typo"}) with data.servers.git.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["git_status"]}, {"tools": {"git_status": true}}] {
		"tool_not_open" in git.deny with input as call("git_status", {}) with data.servers.git.settings as broken
	}
}

test_a_listed_repository_is_not_refused if {
	given := call("git_diff", {"repo_path": "/srv/repositories/site", "target": "main"})
	not "repository_not_open" in git.deny with input as given with data.servers.git.settings as settings
}

test_another_repository_is_refused if {
	every path in ["/srv/repositories", "/srv/repositories/site/../other", "/srv/repositories/site/", "site", "", null, 7, ["/srv/repositories/site"]] {
		"repository_not_open" in git.deny with input as call("git_status", {"repo_path": path}) with data.servers.git.settings as settings
	}
	"repository_not_open" in git.deny with input as call("git_status", {}) with data.servers.git.settings as settings
}

test_no_repository_is_open_where_none_is_listed if {
	given := call("git_status", {"repo_path": "/srv/repositories/site"})
	every listed in [[], {}, "/srv/repositories/site", null] {
		"repository_not_open" in git.deny with input as given with data.servers.git.settings.repositories as listed
	}
}

test_branches_of_agents_are_not_refused if {
	every name in ["agent/fix", "bot-7"] {
		given := call("git_checkout", {"repo_path": "/srv/repositories/site", "branch_name": name})
		not "branch_not_open" in git.deny with input as given with data.servers.git.settings as settings
	}
	not "branch_not_open" in git.deny with input as call("git_status", {}) with data.servers.git.settings as settings
}

test_other_branches_are_refused if {
	every name in ["main", "origin/agent/fix", "Agent/fix", "", null, 7, ["agent/fix"]] {
		given := call("git_create_branch", {"repo_path": "/srv/repositories/site", "branch_name": name})
		"branch_not_open" in git.deny with input as given with data.servers.git.settings as settings
	}
	"branch_not_open" in git.deny with input as call("git_checkout", {}) with data.servers.git.settings as settings
	every prefixes in [[], "agent/", null] {
		given := call("git_checkout", {"branch_name": "agent/fix"})
		"branch_not_open" in git.deny with input as given with data.servers.git.settings.branch_prefixes as prefixes
	}
}

test_what_looks_like_an_option_is_refused if {
	every args in [{"target": "--output=/tmp/x"}, {"revision": " -h"}, {"branch_name": "-f"}, {"start_timestamp": "-1"}] {
		"option_given" in git.deny with input as call("git_diff", args) with data.servers.git.settings as settings
	}
}

test_a_message_may_begin_with_a_hyphen if {
	not "option_given" in git.deny with input as call("git_commit", {"message": "- fix"}) with data.servers.git.settings as settings
}
