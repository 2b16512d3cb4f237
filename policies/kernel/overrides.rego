package bailiff

# METADATA
# description: Overridable objections of this call that a valid override lifts.
lifted contains id if {
	some id in overridable_denials
	some override in lifting
	id in override.lifts
}

# METADATA
# description: Overrides that reach this call and name at least one of its objections.
reaching contains override if {
	count(hard_denials | overridable_denials) > 0
	some override in data.release.overrides
	names_objection(override)
	in_force(override)
	covers(override.scope)
	valid(override)
}

# METADATA
# description: Whether an override names an objection of this call. Few do, so it is asked before anything else.
names_objection(override) if {
	some id in override.lifts
	id in (hard_denials | overridable_denials)
}

# METADATA
# description: Reaching overrides of which every rule that they name may be lifted.
lifting contains override if {
	some override in reaching
	every id in override.lifts {
		may_be_lifted(id)
	}
}

# METADATA
# description: Overrides of the answer. Where a hard objection stands, those that reach the call are refused.
overrides := [used("refused", override) | some override in by_id(reaching)] if {
	row == 2
} else := [used("used", override) | some override in by_id(lifting)] if {
	row > 2
} else := []

# METADATA
# description: Overrides in the order of their ids.
by_id(several) := [override | some [_, override] in sort({[override.id, override] | some override in several})]

# METADATA
# description: An override as the answer shows it; `lifts` names the objections of this call alone.
used(status, override) := {
	"id": override.id,
	"lifts": [id | some id in order; id in override.lifts; matched[id].kind == "deny"],
	"status": status,
	"ticket": override.ticket,
	"expires_at": override.expires_at,
}

# METADATA
# description: >-
#   Whether an override is one: whole, justified, requested and approved by different people, and lasting no longer than every
#   category that it touches allows. Building a release refuses the others already; one that was composed by hand gains nothing.
valid(override) if {
	is_string(override.id)
	is_string(override.ticket)
	is_string(override.justification)
	count(override.justification) >= 30
	all_strings(override.lifts)
	all_strings(override.approved_by)
	is_string(override.requested_by)
	not override.requested_by in override.approved_by
	is_whole(override.not_before, 0, 9007199254740991)
	is_whole(override.expires_at, 0, 9007199254740991)
	every id in override.lifts {
		limits := override_limits[category_of(split(id, "."))]
		count({name | some name in override.approved_by}) >= limits.approvers_min
		override.expires_at - override.not_before <= limits.lifetime_days_max * 86400
	}
}

# METADATA
# description: How many people must approve, and for how many days at most, by the category of the rule that is lifted.
override_limits := {
	"identity": {"approvers_min": 1, "lifetime_days_max": 30},
	"resource": {"approvers_min": 1, "lifetime_days_max": 30},
	"workflow": {"approvers_min": 1, "lifetime_days_max": 30},
	"compliance": {"approvers_min": 2, "lifetime_days_max": 7},
	"overrides": {"approvers_min": 1, "lifetime_days_max": 30},
	"servers": {"approvers_min": 1, "lifetime_days_max": 30},
	"subagents": {"approvers_min": 1, "lifetime_days_max": 30},
}

# METADATA
# description: The category of a full id in segments; for a server's or a subagent's own rules, what they come from.
# scope: document
category_of([category, _]) := category

category_of([kind, _, _]) := kind

category_of(["teams", _, category, _]) := category

# METADATA
# description: Whether a full id names an objection that its owner allows to be lifted.
may_be_lifted(id) if {
	segments := split(id, ".")
	last := count(segments) - 1
	entry := entry_of(array.slice(segments, 0, last), segments[last])
	entry.kind == "deny"
	entry.overridable == true
}

# METADATA
# description: Whether the call is made while the override lasts; its last second is the one before `expires_at`.
in_force(override) if {
	override.not_before <= input.environment.time_s
	input.environment.time_s < override.expires_at
}

# METADATA
# description: Whether every dimension that a scope names, at least one, holds the call by equality. What the call does not have is never equal.
covers(scope) if {
	is_object(scope)
	count(scope) > 0
	every dimension, names in scope {
		all_strings(names)
		fact := scoped_facts[dimension]
		fact != ""
		fact in names
	}
}

# METADATA
# description: What the dimensions of a scope are compared with.
scoped_facts := {
	"agents": input.agent.id,
	"teams": input.agent.owner_team,
	"users": input.user.id,
	"servers": input.action.server,
	"tools": input.action.tool,
	"models": input.action.model,
}
