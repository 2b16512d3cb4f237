package servers.memory_test

import data.servers.memory

settings := {
	"tools": {"search_nodes": "open", "create_entities": "ask", "add_observations": "ask", "create_relations": "ask"},
	"entity_types": ["project"],
	"entries_max": 2,
	"characters_max": 10,
}

call(tool, args) := {"action": {"type": "tool_call", "server": "memory", "tool_name": tool, "effects": ["read"], "args": args}}

creating(entities) := call("create_entities", {"entities": entities})

entity(type, notes) := {"name": "x", "entityType": type, "observations": notes}

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in memory.deny with input as call(tool, {}) with data.servers.memory.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "memory", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in memory.deny with input as given with data.servers.memory.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(memory.deny) == 0 with input as call("search_nodes", {"query": "acme"}) with data.servers.memory.settings as settings
	count(memory.require_approval) == 0 with input as call("search_nodes", {"query": "acme"}) with data.servers.memory.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(memory.deny) == 0 with input as creating([entity("project", ["short"])]) with data.servers.memory.settings as settings
	"tool_asks" in memory.require_approval with input as creating([entity("project", ["short"])]) with data.servers.memory.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["search_nodes"]}, {"tools": {"search_nodes": true}}] {
		"tool_not_open" in memory.deny with input as call("search_nodes", {}) with data.servers.memory.settings as broken
	}
}

test_listed_types_are_not_refused if {
	given := creating([entity("project", []), entity("project", ["a"])])
	not "entity_type_not_open" in memory.deny with input as given with data.servers.memory.settings as settings
	not "entity_type_not_open" in memory.deny with input as call("add_observations", {}) with data.servers.memory.settings as settings
}

test_other_types_are_refused if {
	every entities in [[entity("person", [])], [entity("project", []), entity("Project", [])], [entity(null, [])], [{"name": "x"}], "x", null] {
		"entity_type_not_open" in memory.deny with input as creating(entities) with data.servers.memory.settings as settings
	}
	"entity_type_not_open" in memory.deny with input as call("create_entities", {}) with data.servers.memory.settings as settings
	every types in [[], "project", null] {
		given := creating([entity("project", [])])
		"entity_type_not_open" in memory.deny with input as given with data.servers.memory.settings.entity_types as types
	}
}

test_few_and_short_notes_are_not_refused if {
	every given in [
		creating([entity("project", ["ten chars.", "short"])]),
		call("add_observations", {"observations": [{"entityName": "x", "contents": ["short"]}]}),
		call("create_relations", {"relations": [{"from": "x", "to": "y", "relationType": "needs"}]}),
		call("search_nodes", {"query": "a long question about something"}),
	] {
		not "note_too_long" in memory.deny with input as given with data.servers.memory.settings as settings
	}
}

test_many_or_long_notes_are_refused if {
	every given in [
		creating([entity("project", ["eleven char"])]),
		creating([entity("project", ["a", "b", "c"])]),
		creating([entity("project", []), entity("project", []), entity("project", [])]),
		creating([entity("project", [7])]),
		creating([entity("project", "a note")]),
		call("add_observations", {"observations": [{"entityName": "x", "contents": ["this is too long"]}]}),
		call("add_observations", {"observations": {}}),
		call("create_relations", {"relations": [1, 2, 3]}),
		call("create_relations", {}),
	] {
		"note_too_long" in memory.deny with input as given with data.servers.memory.settings as settings
	}
}

test_without_limits_nothing_is_written if {
	given := creating([entity("project", ["a"])])
	every key in ["entries_max", "characters_max"] {
		every limit in ["20", null, {}] {
			"note_too_long" in memory.deny with input as given
				with data.servers.memory.settings as object.union(settings, {key: limit})
		}
	}
}
