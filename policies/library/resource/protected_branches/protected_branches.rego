package policy.resource

# METADATA
# title: Protected branches are left alone
# description: A call that changes something names no protected branch.
# custom:
#   owner: library
#   reason: branch_protected
#   message: This branch is protected. Work on a branch of your own and propose the change.
#   remediation: use_a_branch_of_your_own
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI04, OWASP-MCP04, LLM06]
deny contains "protected_branches" if {
	protected_branches_writes
	some name in protected_branches_texts
	protected_branches_protected(trim_prefix(trim_prefix(lower(trim_space(name)), "refs/heads/"), "origin/"))
}

deny contains "protected_branches" if {
	protected_branches_writes
	protected_branches_unreadable
}

deny contains "protected_branches" if not protected_branches_configured

# Texts of the arguments that the configuration names, alone or in a list.
protected_branches_texts contains text if {
	protected_branches_concerned
	some name in data.policy.resource.library.protected_branches.arguments
	text := input.action.args[name]
	is_string(text)
}

protected_branches_texts contains text if {
	protected_branches_concerned
	some name in data.policy.resource.library.protected_branches.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
protected_branches_unreadable if {
	protected_branches_concerned
	some name in data.policy.resource.library.protected_branches.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

protected_branches_unreadable if {
	protected_branches_concerned
	some name in data.policy.resource.library.protected_branches.arguments
	some element in input.action.args[name]
	not is_string(element)
}

protected_branches_writes if {
	some effect in input.action.effects
	effect in data.policy.resource.library.protected_branches.effects
}

protected_branches_protected(name) if {
	name in data.policy.resource.library.protected_branches.branches
}

protected_branches_protected(name) if {
	some branch in data.policy.resource.library.protected_branches.branches
	startswith(name, concat("", [branch, "/"]))
}

protected_branches_concerned if {
	not input.action.tool in data.policy.resource.library.protected_branches.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
protected_branches_configured if {
	is_array(data.policy.resource.library.protected_branches.arguments)
	is_array(data.policy.resource.library.protected_branches.branches)
	is_array(data.policy.resource.library.protected_branches.effects)
	is_array(data.policy.resource.library.protected_branches.exempt_tools)
}
