package bailiff

# METADATA
# title: Visible
# description: >-
#   Which candidates of a list, by position, the caller may see. Each is decided in phase `list` by the same rules, but for
#   objections that read arguments, conversation or usage, which are not known yet. What needs approval is shown.
# entrypoint: true
visible := {"visible": shown_candidates, "policy_version": policy_version, "mask": mask}

# METADATA
# description: Positions of the candidates that are shown; none where the input or the release is not whole.
shown_candidates := [] if {
	count(input_failures | release_failures) > 0
} else := [position |
	some position, candidate in input.candidates
	is_candidate(candidate)
	shown with input as object.union(listed_input, {"action": object.union(listed_action, placed(candidate))})
]

# METADATA
# description: The action that every candidate is laid over.
listed_action := object.union(object.remove(input.action, object.keys(candidate_fields)), {"phase": "list", "args": {}})

# METADATA
# description: A candidate as part of an action. A subagent brings its name, by which its own bundle is found.
# scope: document
placed(candidate) := candidate if candidate.target.kind != "subagent"

placed(candidate) := object.union(candidate, {"subagent": candidate.target.id}) if candidate.target.kind == "subagent"

# METADATA
# description: The input without what differs. Replacing it whole costs a twentieth of replacing a part of it, which copies every candidate.
listed_input := object.remove(input, ["candidates", "action"])

# METADATA
# description: Whether a candidate has the fields that differ between candidates, and no others.
is_candidate(candidate) if {
	types_in(candidate) == candidate_fields
	is_target(candidate.target)
	effects_known(candidate.effects)
	candidate.blast_radius in words.action.blast_radius
	all_strings(candidate.data_classes_referenced)
}

# METADATA
# description: Fields of the action that differ between candidates, and their types.
candidate_fields := {
	"target": "object", "server": "string", "tool": "string", "tool_name": "string", "effects": "array",
	"blast_radius": "string", "data_classes_referenced": "array",
}

# METADATA
# description: Whether the action at hand may be seen.
shown if {
	count(target_failures | finding_failures) == 0
	count(kernel_denials | ungranted) == 0
	count(early_denials - lifted) == 0
}

# METADATA
# description: Objections that are known before a call is made.
early_denials contains id if {
	some id in (hard_denials | overridable_denials)
	every path in matched[id].entry.reads {
		not reads_late(path)
	}
}

# METADATA
# description: Whether an input path belongs to, or holds, the arguments, the conversation or the usage.
# scope: document
reads_late(path) if path in {"input", "input.action"}

reads_late(path) if {
	some late in ["input.action.args", "input.context", "input.usage"]
	startswith(path, late)
}
