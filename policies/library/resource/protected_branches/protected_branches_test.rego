package policy.resource_test

import data.policy.resource

protected_branches_settings := {"arguments": ["branch", "ref", "base_branch", "target_branch", "branch_name", "tag"], "branches": ["main", "master", "production", "release", "stable"], "effects": ["write", "destructive"], "exempt_tools": []}

protected_branches_call := {"action": {"tool": "git.push", "effects": ["write"], "args": {}}}

test_protected_branches_other_branches_are_not_denied if {
	every part in [
		{"action": {"args": {"branch": "fix/typo"}}},
		{"action": {"args": {"branch": "maintenance"}}},
		{"action": {"args": {}}},
		{"action": {"args": {"title": "main"}}},
	] {
		not "protected_branches" in resource.deny with input as object.union(protected_branches_call, part)
			with data.policy.resource.library.protected_branches as protected_branches_settings
	}
}

test_protected_branches_protected_branches_are_denied if {
	every part in [
		{"action": {"args": {"branch": "main"}}},
		{"action": {"args": {"branch": "Main "}}},
		{"action": {"args": {"ref": "refs/heads/master"}}},
		{"action": {"args": {"branch": "origin/main"}}},
		{"action": {"args": {"branch": "release/1.2"}}},
		{"action": {"args": {"branch": ["a", "main"]}}},
	] {
		"protected_branches" in resource.deny with input as object.union(protected_branches_call, part)
			with data.policy.resource.library.protected_branches as protected_branches_settings
	}
}

test_protected_branches_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"branch": 7}}},
		{"action": {"args": {"branch": null}}},
		{"action": {"args": {"branch": [7]}}},
		{"action": {"args": {"branch": {"name": "main"}}}},
	] {
		"protected_branches" in resource.deny with input as object.union(protected_branches_call, part)
			with data.policy.resource.library.protected_branches as protected_branches_settings
	}
}

test_protected_branches_reading_is_not_denied if {
	given := object.union(protected_branches_call, {"action": {"effects": ["read"], "args": {"branch": "main"}}})
	not "protected_branches" in resource.deny with input as given
		with data.policy.resource.library.protected_branches as protected_branches_settings
}

test_protected_branches_an_exempt_tool_is_not_denied if {
	given := object.union(protected_branches_call, {"action": {"args": {"branch": "main"}}})
	settings := {"arguments": ["branch", "ref", "base_branch", "target_branch", "branch_name", "tag"], "branches": ["main", "master", "production", "release", "stable"], "effects": ["write", "destructive"], "exempt_tools": ["git.push"]}
	not "protected_branches" in resource.deny with input as given
		with data.policy.resource.library.protected_branches as settings
}

test_protected_branches_holds_for_every_call_without_configuration if {
	"protected_branches" in resource.deny with input as {}
		with data.policy.resource.library.protected_branches as {}
}
