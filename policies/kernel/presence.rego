package bailiff

# METADATA
# description: >-
#   What is wrong with the input, by path. A missing, null or mistyped field would make rules silently not fire, so an input that
#   is not whole is refused here too, for those who run this kernel without a gateway.
# scope: document
input_failures contains {"kind": "input_invalid", "subject": "input"} if not input_is_object

input_failures contains {"kind": "input_invalid", "subject": "schema"} if {
	input_is_object
	object.get(input, "schema", null) != "bailiff/input/v1"
}

input_failures contains {"kind": "input_invalid", "subject": field} if {
	input_is_object
	some field, types in top_level
	not type_name(object.get(input, field, false)) in types
}

input_failures contains {"kind": "input_invalid", "subject": concat(".", [section, field])} if {
	input_is_object
	some section, fields in sections
	has := object.get(input, section, null)
	not has_fields(has, fields)
	some field, type in fields
	not has_fields(has, {field: type})
}

input_failures contains {"kind": "input_invalid", "subject": concat(".", [section, field])} if {
	some section, fields in lists_of_strings
	some field in fields
	not all_strings(input[section][field])
}

input_failures contains {"kind": "input_invalid", "subject": concat(".", [section, field])} if {
	some section, fields in words
	some field, known in fields
	not input[section][field] in known
}

input_failures contains {"kind": "input_invalid", "subject": "action.effects"} if {
	not effects_known(input.action.effects)
}

input_failures contains {"kind": "input_invalid", "subject": "action.target"} if {
	not is_target(input.action.target)
}

# A list names no subagent: each of its candidates brings its own.
input_failures contains {"kind": "input_invalid", "subject": "action.subagent"} if {
	input.action.target.kind == "subagent"
	input.action.phase != "list"
	input.action.subagent != input.action.target.id
}

input_failures contains {"kind": "input_invalid", "subject": "environment.flags"} if {
	some flag in input.environment.flags
	not is_boolean(flag)
}

input_failures contains {"kind": "input_invalid", "subject": concat(".", ["usage", key])} if {
	is_object(input.usage)
	some key, budget in input.usage
	not has_fields(budget, budget_fields)
}

input_failures contains {"kind": "input_invalid", "subject": "approval.rules"} if {
	is_object(input.approval)
	not all_strings(object.get(input.approval, "rules", null))
}

# METADATA
# description: Whether there is an input at all. A rule, because `not` in front of a call with an undefined argument is itself undefined.
input_is_object if is_object(input)

# METADATA
# description: Whether an object has every one of these fields with its type. A function, because a missing field has to make `not` hold.
has_fields(value, fields) if {
	every field, type in fields {
		type_name(value[field]) == type
	}
}

# METADATA
# description: Type of every field of an object; of anything else there are none.
types_in(value) := {field: type_name(inner) | some field, inner in value} if {
	is_object(value)
} else := {}

# METADATA
# description: Whether a value is something that can be acted on.
is_target(value) if {
	capability_of[value.kind]
	is_string(value.id)
	value.id != ""
}

# METADATA
# description: Top-level fields that are not sections, and the types that they may have.
top_level := {"usage": {"object"}, "result": {"object", "null"}, "approval": {"object", "null"}}

# METADATA
# description: Every field of the sections of the input, and its type.
sections := {
	"agent": {"id": "string", "scope": "string", "owner_team": "string", "version": "string", "chain": "array"},
	"user": {"id": "string", "kind": "string", "groups": "array", "data_classifications_authorized": "array"},
	"action": {
		"type": "string", "phase": "string", "target": "object", "server": "string", "tool": "string",
		"tool_name": "string", "model": "string", "subagent": "string", "provider": "string", "region": "string",
		"args": "object", "effects": "array", "blast_radius": "string", "estimated_tokens": "number",
		"data_classes_referenced": "array",
	},
	"context": {
		"conversation_id": "string", "turn_count": "number", "cumulative_tokens": "number", "tokens_source": "string",
		"session_age_seconds": "number", "tool_calls_in_a_row": "number", "identical_calls": "number",
		"recent_tools": "array", "data_classes_seen": "array",
	},
	"session": {
		"protocol": "string", "transport": "string", "client_name": "string", "client_version": "string",
		"auth_method": "string",
	},
	"environment": {
		"region": "string", "time": "string", "time_s": "number", "weekday": "string", "minute_of_day": "number",
		"is_production": "boolean", "flags": "object",
	},
}

# METADATA
# description: Fields of the input that are lists of strings.
lists_of_strings := {
	"agent": ["chain"],
	"user": ["groups", "data_classifications_authorized"],
	"action": ["effects", "data_classes_referenced"],
	"context": ["recent_tools", "data_classes_seen"],
}

# METADATA
# description: >-
#   Fields that hold one word of a list, and the list. A rule that compares with a word of it would silently not fire on another,
#   so that a misspelt `phase` would pass objections to the right one.
words := {
	"user": {"kind": {"human", "service", "none"}},
	"action": {
		"type": {
			"tool_call", "model_call", "resource_read", "resource_subscribe", "prompt_get", "completion", "subagent_call",
			"task", "sampling", "elicitation", "roots",
		},
		"phase": {"request", "result", "list"},
		"blast_radius": {"low", "medium", "high"},
	},
	"context": {"tokens_source": {"reported", "estimated"}},
	"session": {"transport": {"http", "stdio"}, "auth_method": {"jwt", "api_key", "none"}},
	"environment": {"weekday": {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}},
}

# METADATA
# description: What a call may do to the world.
known_effects := {"read", "write", "destructive", "external"}

# METADATA
# description: Whether a list names nothing but known effects. What is no list is not said to be one here.
effects_known(effects) if {
	is_list(effects)
	every effect in effects {
		effect in known_effects
	}
}

# METADATA
# description: What the snapshot of a budget holds.
budget_fields := {
	"window": "string", "limit": "number", "used": "number", "reserved": "number", "remaining": "number",
	"resets_at": "string",
}

# METADATA
# description: What is wrong with the release, or missing from it, for this call. Read from `data.release` alone, never as the absence of a package.
# scope: document
release_failures contains {"kind": "release_invalid", "subject": "policy_version"} if policy_version == "unknown"

release_failures contains {"kind": "release_invalid", "subject": "bundles"} if not bundles_usable

release_failures contains {"kind": "release_invalid", "subject": "categories"} if not categories_usable

release_failures contains {"kind": "release_invalid", "subject": "required"} if not required_usable

release_failures contains {"kind": "release_invalid", "subject": "canary_rules"} if not canary_rules_usable

release_failures contains {"kind": "release_invalid", "subject": "audit"} if not release_audit_usable

release_failures contains {"kind": "release_invalid", "subject": "agents"} if {
	versions := data.release.agents[input.agent.id]
	not all_strings(versions)
}

# Looked at as a whole only where the agent is not in it: of many agents, reading that costs.
release_failures contains {"kind": "release_invalid", "subject": "agents"} if {
	not data.release.agents[input.agent.id]
	agents := data.release.agents
	not is_object(agents)
}

release_failures contains {"kind": "bundle_missing", "subject": name} if {
	some name in data.release.required
	is_string(name)
	not released[name]
}

release_failures contains {"kind": "bundle_missing", "subject": name} if {
	some [team, category] in team_parts
	name := concat("/", ["teams", team, category])
	not released[name]
}

release_failures contains {"kind": "release_invalid", "subject": name} if {
	some category in known_categories
	name := concat("/", ["teams", input.agent.owner_team, category])
	released[name]
	not [input.agent.owner_team, category] in team_parts
}

# METADATA
# description: What is missing for the server or subagent that is called.
# scope: document
target_failures contains {"kind": "server_unregistered", "subject": name} if {
	input.action.server != ""
	name := concat("/", ["servers", input.action.server])
	not data.release.servers[input.action.server]
}

target_failures contains {"kind": "bundle_missing", "subject": name} if {
	name := concat("/", ["servers", input.action.server])
	registration := data.release.servers[input.action.server]
	not bundle_optional(registration)
	not released[name]
}

target_failures contains {"kind": "subagent_unregistered", "subject": name} if {
	input.action.subagent != ""
	name := concat("/", ["subagents", input.action.subagent])
	not data.release.subagents[input.action.subagent]
}

target_failures contains {"kind": "bundle_missing", "subject": name} if {
	name := concat("/", ["subagents", input.action.subagent])
	registration := data.release.subagents[input.action.subagent]
	not bundle_optional(registration)
	not released[name]
}

# METADATA
# description: Whether a server or subagent does without a bundle of its own.
bundle_optional(registration) if registration.bundle_required == false

# METADATA
# description: The version of the release that decides.
default policy_version := "unknown"

policy_version := data.release.policy_version if {
	is_string(data.release.policy_version)
	data.release.policy_version != ""
}

# METADATA
# description: Bundles of the release and their revisions.
default released := {}

released := data.release.bundles if is_object(data.release.bundles)

# METADATA
# description: Those of them that speak for this call.
default bundles := {}

bundles := {name: revision | some name in speaking_bundles; revision := released[name]} if bundles_usable

# METADATA
# description: >-
#   Whether the table of bundles can be quoted in an answer. What says nothing about this call is not looked at: of many servers,
#   that costs.
bundles_usable if {
	is_object(data.release.bundles)
	every revision in [released[name] | some name in speaking_bundles] {
		is_string(revision)
	}
}

# METADATA
# description: Names of the bundles that speak for this call, whether the release has them or not.
speaking_bundles := ((categories | team_bundles) | target_bundles("servers", "server")) | target_bundles("subagents", "subagent")

# METADATA
# description: Names of the parts of categories that speak for the agent's team.
team_bundles := {concat("/", ["teams", team, category]) | some [team, category] in team_parts}

# METADATA
# description: The name of what speaks for the server or subagent that is called, where the input names one.
target_bundles(folder, field) := {concat("/", [folder, name]) |
	name := input.action[field]
	is_string(name)
	name != ""
}

# METADATA
# description: Whether the list of required bundles can be read.
required_usable if all_strings(data.release.required)

# METADATA
# description: Whether the release says which rules are in mode `canary`. They would be silent where it does not.
canary_rules_usable if {
	is_object(data.release.canary_rules)
	every ids in data.release.canary_rules {
		all_strings(ids)
	}
}

# METADATA
# description: Whether the release says how its records are kept.
release_audit_usable if is_audit(data.release.audit)

# METADATA
# description: Categories whose bundles speak for every call.
categories contains category if {
	some category in data.release.categories
	category in known_categories
}

# METADATA
# description: The five categories.
known_categories := {"identity", "resource", "workflow", "compliance", "overrides"}

# METADATA
# description: Whether every category listed is one, and none that the release holds or requires is left unheard.
categories_usable if {
	is_array(data.release.categories)
	every category in data.release.categories {
		category in known_categories
	}
	held := {name | some name in known_categories; _ := released[name]} | {name | some name in data.release.required}
	count((held & known_categories) - categories) == 0
}

# METADATA
# description: Parts of categories that the team which owns the agent has registered.
team_parts contains [team, category] if {
	team := input.agent.owner_team
	some category, _ in data.release.teams[team]
	category in known_categories
}
