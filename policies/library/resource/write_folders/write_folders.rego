package policy.resource

# METADATA
# title: Agents write in open folders
# description: >-
#   A call that writes names paths below the folders that are open to the scope, and no others.
# custom:
#   owner: library
#   reason: write_outside_folders
#   message: >-
#     You may not write to this path. Write below one of the folders that are open to this agent.
#   remediation: write_to_an_open_folder
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP02, OWASP-ASI05, LLM06]
deny contains "write_folders" if {
	write_folders_writes
	some path in write_folders_texts
	not write_folders_open(path)
}

deny contains "write_folders" if {
	write_folders_writes
	write_folders_unreadable
}

deny contains "write_folders" if not write_folders_configured

# Texts of the arguments that the configuration names, alone or in a list.
write_folders_texts contains text if {
	write_folders_concerned
	some name in data.policy.resource.library.write_folders.arguments
	text := input.action.args[name]
	is_string(text)
}

write_folders_texts contains text if {
	write_folders_concerned
	some name in data.policy.resource.library.write_folders.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
write_folders_unreadable if {
	write_folders_concerned
	some name in data.policy.resource.library.write_folders.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

write_folders_unreadable if {
	write_folders_concerned
	some name in data.policy.resource.library.write_folders.arguments
	some element in input.action.args[name]
	not is_string(element)
}

write_folders_writes if {
	some effect in input.action.effects
	effect in data.policy.resource.library.write_folders.effects
}

write_folders_open(path) if {
	folders := data.policy.resource.library.write_folders.folders
	some folder in object.get(folders, input.agent.scope, folders.default)
	startswith(path, concat("", [folder, "/"]))
	not ".." in split(path, "/")
}

write_folders_concerned if {
	not input.action.tool in data.policy.resource.library.write_folders.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
write_folders_configured if {
	is_array(data.policy.resource.library.write_folders.arguments)
	is_object(data.policy.resource.library.write_folders.folders)
	is_array(data.policy.resource.library.write_folders.folders.default)
	is_array(data.policy.resource.library.write_folders.effects)
	is_array(data.policy.resource.library.write_folders.exempt_tools)
}
