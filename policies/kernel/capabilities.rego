package bailiff

# METADATA
# description: >-
#   Whether server, target and every data class lie within what identity says the caller may reach. Where identity says nothing,
#   nothing is within reach.
within_capabilities if {
	capabilities := data.policy.identity.capabilities
	is_object(capabilities)
	server_within(capabilities)
	within(capabilities[capability_of[input.action.target.kind]], input.action.target.id)
	every class in input.action.data_classes_referenced {
		within(capabilities.data_classes, class)
	}
}

# METADATA
# description: >-
#   What identity's capabilities lack for this call: the document where it is no object, else the lists that are absent or no
#   lists. A call that is outside for no better reason is told so. Where identity says nothing at all, it may mean just that.
# scope: document
capability_failures contains {"kind": "capability_malformed", "subject": "identity.capabilities"} if {
	capabilities := data.policy.identity.capabilities
	not is_object(capabilities)
}

capability_failures contains {"kind": "capability_malformed", "subject": concat(".", ["identity.capabilities", list])} if {
	capabilities := data.policy.identity.capabilities
	is_object(capabilities)
	some list in capabilities_needed
	not is_list(object.get(capabilities, [list], null))
}

# METADATA
# description: The capabilities that this call has to be within.
# scope: document
capabilities_needed contains capability_of[input.action.target.kind]

capabilities_needed contains "servers" if input.action.server != ""

capabilities_needed contains "data_classes" if count(input.action.data_classes_referenced) > 0

# METADATA
# description: Whether the server is within reach, where there is one.
# scope: document
server_within(_) if input.action.server == ""

server_within(capabilities) if within(capabilities.servers, input.action.server)

# METADATA
# description: The capability that holds targets of a kind.
capability_of := {
	"tool": "tools",
	"resource": "resources",
	"prompt": "prompts",
	"model": "models",
	"subagent": "subagents",
}

# METADATA
# description: Whether a list names something exactly, or by a prefix that ends in `*`.
# scope: document
within(list, name) if {
	is_list(list)
	name in list
}

within(list, name) if {
	is_list(list)
	some entry in list
	is_string(entry)
	endswith(entry, "*")
	startswith(name, trim_suffix(entry, "*"))
}
