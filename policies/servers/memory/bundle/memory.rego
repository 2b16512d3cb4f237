package servers.memory

# METADATA
# title: Only opened tools are called
# description: >-
#   A tool that the configuration neither opens nor asks about is refused, and so is whatever is no call of a tool:
#   resources, prompts, completions, and what the server asks of its client.
# custom:
#   owner: library
#   reason: tool_not_open
#   message: This is not open to agents here.
#   remediation: use_another_tool
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "tool_not_open" if not tool_listed

# METADATA
# title: A person is asked first
# description: A call of a tool that the configuration asks about waits for a person's approval.
# custom:
#   owner: library
#   reason: tool_needs_approval
#   message: A person has to approve this first.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "tool_asks" if tool_access == "ask"

# METADATA
# title: Only listed types are remembered
# description: A thing that is put into memory is of a listed type.
# custom:
#   owner: library
#   reason: entity_type_not_open
#   message: Things of this type are not remembered here.
#   remediation: use_a_listed_type
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI06, OWASP-MCP10, OWASP-ASI02]
deny contains "entity_type_not_open" if {
	input.action.tool_name == "create_entities"
	not entity_types_open
}

# METADATA
# title: Notes are few and short
# description: A call writes only so many entries, and each note is a text of only so many characters.
# custom:
#   owner: library
#   reason: note_too_long
#   message: Remember less at once, in shorter notes.
#   remediation: write_shorter_notes
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI06, LLM10, OWASP-ASI02]
deny contains "note_too_long" if {
	some written in object.get(written_lists, input.action.tool_name, [])
	not entries_short(object.get(input.action.args, written.list, null), written.notes)
}

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.memory.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

entity_types_open if {
	is_array(input.action.args.entities)
	every entity in input.action.args.entities { entity.entityType in data.servers.memory.settings.entity_types }
}

# By tool, the argument that it writes and the notes of each of its entries.
written_lists := {
	"create_entities": [{"list": "entities", "notes": "observations"}],
	"add_observations": [{"list": "observations", "notes": "contents"}],
	"create_relations": [{"list": "relations", "notes": ""}],
}

entries_short(entries, notes) if {
	is_array(entries)
	count(entries) <= data.servers.memory.settings.entries_max
	is_number(data.servers.memory.settings.entries_max)
	every entry in entries {
		is_object(entry)
		notes_short(object.get(entry, notes, []))
	}
}

notes_short(notes) if {
	is_array(notes)
	count(notes) <= data.servers.memory.settings.entries_max
	every note in notes { note_short(note) }
}

note_short(note) if {
	is_string(note)
	is_number(data.servers.memory.settings.characters_max)
	count(note) <= data.servers.memory.settings.characters_max
}
