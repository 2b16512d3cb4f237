package bailiff

# METADATA
# description: A rule's entry in the catalogue of its bundle. Read entry by entry, since reading a catalogue whole is slow.
# scope: document
entry_of([category], id) := data.policy[category].catalogue[id]

entry_of(["teams", team, category], id) := data.teams[team][category].catalogue[id]

entry_of(["servers", server], id) := data.servers[server].catalogue[id]

entry_of(["subagents", subagent], id) := data.subagents[subagent].catalogue[id]

# METADATA
# description: Whether an entry is of this kind and mode, and has in the right type everything that an answer quotes or a row reads.
usable(entry, kind, mode) if {
	entry.kind == kind
	entry.mode == mode
	is_string(entry.title)
	is_string(entry.owner)
	is_code(entry.reason)
	is_string(entry.message)
	entry.message != ""
	is_code_or_empty(entry.remediation)
	is_string(entry.appeal_path)
	severity_ranks[entry.severity]
	is_boolean(entry.overridable)
	all_strings(entry.controls)
	all_strings(entry.reads)
	audit_usable(entry)
}

# METADATA
# description: Severities, the worst first.
severity_ranks := {"critical": 1, "high": 2, "medium": 3, "low": 4}

# METADATA
# description: Whether what a rule asks of the record, if anything, is meaningful.
# scope: document
audit_usable(entry) if not "audit" in object.keys(entry)

audit_usable(entry) if is_audit(entry.audit)

# METADATA
# description: Whether a value is a name of one segment, without dots, so that full ids cannot collide.
is_name(value) if {
	is_string(value)
	regex.match(`^[a-z][a-z0-9_]*$`, value)
}

# METADATA
# description: Whether a value is a stable code as it may appear on the wire.
is_code(value) if {
	is_string(value)
	regex.match(`^[a-z][a-z0-9_]{0,79}$`, value)
}

# METADATA
# description: Whether a value is a code, or says that there is none.
# scope: document
is_code_or_empty("")

is_code_or_empty(value) if is_code(value)

# METADATA
# description: Whether a value is a list of strings.
all_strings(value) if {
	is_list(value)
	every entry in value {
		is_string(entry)
	}
}

# METADATA
# description: Lists are arrays in data and may be sets where a rule made them.
# scope: document
is_list(value) if is_array(value)

is_list(value) if is_set(value)

# METADATA
# description: Whether a value is a whole number within bounds.
is_whole(value, least, most) if {
	is_number(value)
	value >= least
	value <= most
	floor(value) == value
}
