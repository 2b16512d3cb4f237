package bailiff

# METADATA
# description: The negation of letter O. Duties that nobody would know how to discharge, and those that contradict each other.
# scope: document
duty_failures contains {"kind": "obligation_unknown", "subject": id} if {
	some [id, value] in asked
	not understood(value)
}

duty_failures contains {"kind": "obligation_conflict", "subject": concat(".", ["allow_only", name])} if {
	some name, values in allowed
	count(values) == 0
}

# METADATA
# description: Duties that sound rules ask for, with the full ids of the rules.
asked contains [finding.id, finding.value] if {
	some finding in judged
	finding.kind == "oblige"
}

# METADATA
# description: By kind, the duties that can be merged. A kind that nobody asked for is not there.
asked_for[kind] contains value if {
	some [_, value] in asked
	understood(value)
	kind := value.kind
}

# METADATA
# description: Duties after merging, at most one of each kind, in the order of the contract.
duties := [duty |
	some kind in duty_kinds
	asked_for[kind]
	duty := merged(kind)
]

# METADATA
# description: Kinds of duties, in the order of the contract.
duty_kinds := ["mask", "limit", "allow_only", "audit", "notify", "tag"]

# METADATA
# description: >-
#   One duty of a kind that was asked for at least once. Every merge is commutative, associative and idempotent: strongest,
#   smallest, intersection, largest, union.
# scope: document
merged("mask") := {"kind": "mask", "fields": fields} if {
	masks := asked_for.mask
	paths := {path | some mask in masks; some path, _ in mask.fields}
	fields := {path: strongest({mask.fields[path] | some mask in masks}) | some path in paths}
}

merged("limit") := {"kind": "limit", "limits": limits} if {
	asking := asked_for.limit
	names := {name | some limit in asking; some name, _ in limit.limits}
	limits := {name: min({limit.limits[name] | some limit in asking}) | some name in names}
}

merged("allow_only") := {"kind": "allow_only", "lists": {name: sort(values) | some name, values in allowed}}

merged("audit") := object.union({"kind": "audit"}, strictest(asked_for.audit))

merged("notify") := {"kind": "notify", "to": sort({name | some notice in asked_for.notify; some name in notice.to})}

merged("tag") := {"kind": "tag", "tags": sort({tag | some label in asked_for.tag; some tag in label.tags})}

# METADATA
# description: What stays allowed of every list that some duty narrows.
allowed[name] := values if {
	narrowing := asked_for.allow_only
	some name in {name | some duty in narrowing; some name, _ in duty.lists}
	values := intersection({{value | some value in duty.lists[name]} | some duty in narrowing; duty.lists[name]})
}

# METADATA
# description: The strongest of several ways to hide a field.
strongest(strategies) := "remove" if {
	"remove" in strategies
} else := "hash" if {
	"hash" in strategies
} else := "partial"

# METADATA
# description: Whether a duty is of a known kind, with parameters of the right types and no others.
# scope: document
understood(duty) if {
	duty.kind == "mask"
	object.keys(duty) == {"id", "kind", "fields"}
	is_object(duty.fields)
	every path, strategy in duty.fields {
		is_string(path)
		regex.match(`^(/[^/]+)+$`, path)
		strategy in {"partial", "hash", "remove"}
	}
}

understood(duty) if {
	duty.kind == "limit"
	object.keys(duty) == {"id", "kind", "limits"}
	is_object(duty.limits)
	every name, limit in duty.limits {
		name in {"rows", "tokens", "cost_cents", "timeout_ms"}
		is_whole(limit, 1, 9007199254740991)
	}
}

understood(duty) if {
	duty.kind == "allow_only"
	object.keys(duty) == {"id", "kind", "lists"}
	is_object(duty.lists)
	every name, values in duty.lists {
		name in {"models", "regions", "columns"}
		all_strings(values)
		count(values) > 0
	}
}

understood(duty) if {
	duty.kind == "audit"
	object.keys(duty) == {"id", "kind", "level", "retention_days"}
	is_audit(object.remove(duty, ["id", "kind"]))
}

understood(duty) if {
	duty.kind == "notify"
	object.keys(duty) == {"id", "kind", "to"}
	all_strings(duty.to)
	count(duty.to) > 0
	not "" in duty.to
}

understood(duty) if {
	duty.kind == "tag"
	object.keys(duty) == {"id", "kind", "tags"}
	is_list(duty.tags)
	count(duty.tags) > 0
	every tag in duty.tags {
		is_name(tag)
		count(tag) <= 64
	}
}
