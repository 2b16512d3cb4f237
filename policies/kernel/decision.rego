# METADATA
# title: The kernel
# description: >-
#   From findings to one answer. Everyone may object, few may grant, and only a named, expiring override lifts a named
#   objection. Bundles contribute findings; this package alone combines them.
# scope: package
package bailiff

# METADATA
# title: Decision
# description: The answer to one call. Defined for every input and every data, so that "no answer" is always a fault outside.
# entrypoint: true
decision := {
	"allow": true,
	"outcome": "allow",
	"reasons": reasons,
	"obligations": duties,
	"metadata": metadata,
} if {
	row == 7
}

decision := object.union(remediation, {
	"allow": false,
	"outcome": outcomes[row],
	"reasons": reasons,
	"message": message,
	"obligations": [duty | row == 6; some duty in duties],
	"metadata": metadata,
}) if {
	row < 7
}

# METADATA
# description: The row of the table that decides; the first that matches. Every letter it reads is a set, which is never undefined.
row := 1 if {
	count(failures) > 0
} else := 2 if {
	count(hard_denials | kernel_denials) > 0
} else := 3 if {
	count(standing_denials) > 0
} else := 4 if {
	count(ungranted) > 0
} else := 5 if {
	count(duty_failures) > 0
} else := 6 if {
	count(unmet) > 0
} else := 7

# METADATA
# description: What each row but the last comes to.
outcomes := {1: "deny", 2: "deny", 3: "deny", 4: "deny", 5: "deny", 6: "approval_required"}

# METADATA
# description: Letter E. What cannot be used; an input that is not whole hides everything behind it, since no rule may be trusted on it.
failures := input_failures if {
	count(input_failures) > 0
} else := (release_failures | target_failures) | finding_failures

# METADATA
# description: Letter H, as far as the kernel objects by itself, whatever bundles say.
# scope: document
kernel_denials contains "agent_version_not_in_release" if {
	versions := data.release.agents[input.agent.id]
	count(versions) > 0
	not input.agent.version in versions
}

# METADATA
# description: Letter H, as far as bundles cause it. Objections that nothing lifts.
hard_denials contains id if {
	some id, finding in matched
	finding.kind == "deny"
	not finding.entry.overridable
}

# METADATA
# description: Objections that a valid override may lift.
overridable_denials contains id if {
	some id, finding in matched
	finding.kind == "deny"
	finding.entry.overridable
}

# METADATA
# description: Letter D. Overridable objections that no valid override lifts.
standing_denials := overridable_denials - lifted

# METADATA
# description: The negation of letter G, as the reasons for it.
ungranted contains "no_grant_who" if count(granting("who")) == 0

ungranted contains "no_grant_what" if count(granting("what")) == 0

ungranted contains "outside_capabilities" if not within_capabilities

# METADATA
# description: Ids of the grants that fill a slot.
granting(slot) := {id |
	some id, finding in matched
	finding.kind == "allow"
	finding.slot == slot
}

# METADATA
# description: Letter A. Rules that ask for a person's approval and have not got it for this call.
unmet := {id | some id, finding in matched; finding.kind == "require_approval"} - approved

# METADATA
# description: Rules that the approval at hand answers.
approved contains id if some id in input.approval.rules

# METADATA
# description: Ids of the rules that decided, in the order in which their reasons are given; none where the kernel itself refuses.
deciding := [id | some id in order; id in (hard_denials | overridable_denials)] if {
	row == 2
} else := [id | some id in order; id in standing_denials] if {
	row == 3
} else := [id | some id in order; id in unmet] if {
	row == 6
} else := [id | some id in order; matched[id].kind in {"allow", "affirm"}] if {
	row == 7
} else := []

# METADATA
# description: Reasons that the kernel gives itself, in the order of the table in `kernel_messages`.
own_reasons := ["policy_unavailable"] if {
	row == 1
} else := sort(kernel_denials) if {
	row == 2
} else := [code | some code in ["no_grant_who", "no_grant_what", "outside_capabilities"]; code in ungranted] if {
	row == 4
} else := sort({failure.kind | some failure in duty_failures}) if {
	row == 5
} else := []

# METADATA
# description: Stable codes, at least one, each once, the most important first.
reasons := array.concat(own_reasons, unique([matched[id].entry.reason | some id in deciding]))

# METADATA
# description: A list without its repetitions, in the order of first appearance.
unique(list) := [value |
	some position, value in list
	not value in array.slice(list, 0, position)
]

# METADATA
# description: >-
#   For people. The kernel speaks where it refuses by itself, else the most severe deciding rule; it never echoes argument values,
#   because it stands in METADATA.
message := concat(" ", [kernel_messages[code] | some code in own_reasons]) if {
	count(own_reasons) > 0
} else := matched[deciding[0]].entry.message

# METADATA
# description: What the caller may do about it, where the most severe deciding rule says so and what it says would help.
remediation := {"remediation": code} if {
	count(own_reasons) == 0
	code := matched[deciding[0]].entry.remediation
	code != ""
} else := {}

# METADATA
# description: What a person reads when the kernel refuses by itself; the same words as the contract's.
kernel_messages := {
	"policy_unavailable": "Policy could not be evaluated, so the call is refused.",
	"agent_version_not_in_release": "This version of the agent is not part of the release that decides.",
	"no_grant_who": "No rule says that this agent and user may act.",
	"no_grant_what": "No rule says that this may be used.",
	"outside_capabilities": "This is outside what the agent may reach.",
	"obligation_unknown": "Policy asks for a duty that is not known, so the call is refused.",
	"obligation_conflict": "Policy asks for duties that contradict each other, so the call is refused.",
}
