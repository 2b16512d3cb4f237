package bailiff

# METADATA
# description: >-
#   How the decision is kept: the strictest of what the release, the matched rules and their obligations ask for, with the clauses
#   that the matched rules serve.
audit := object.union(strictest(record_wishes | {release_audit}), {"controls": controls})

# METADATA
# description: What matched rules and their obligations ask of the record.
# scope: document
record_wishes contains matched[id].entry.audit if some id in order

record_wishes contains object.remove(duty, ["id", "kind"]) if {
	count(order) > 0
	some duty in asked_for.audit
}

# METADATA
# description: What the release asks of every record.
default release_audit := {"level": "basic", "retention_days": 180}

release_audit := data.release.audit if release_audit_usable

# METADATA
# description: Clauses of laws and standards that the matched rules serve.
controls := sort({control | some id in order; some control in matched[id].entry.controls})

# METADATA
# description: The largest of each part.
strictest(audits) := {
	"level": fullest({audit.level | some audit in audits}),
	"retention_days": max({audit.retention_days | some audit in audits}),
}

# METADATA
# description: The fuller of the levels.
fullest(levels) := "full" if {
	"full" in levels
} else := "basic"

# METADATA
# description: Whether a value says how long, and how fully, something is kept.
is_audit(value) if {
	is_object(value)
	object.keys(value) == {"level", "retention_days"}
	value.level in {"basic", "full"}
	is_whole(value.retention_days, 1, 3650)
}

# METADATA
# description: >-
#   Whether the decision must be durable before anything is forwarded, in buffered mode too: policy could not be evaluated or
#   contradicts itself; a severe objection or an override decided; a person is or was asked; or somebody asked for the record.
# scope: document
default audit_required := false

audit_required if row in {1, 5, 6}

audit_required if {
	some id in deciding
	matched[id].kind == "deny"
	matched[id].entry.severity in {"high", "critical"}
}

audit_required if count(overrides) > 0

audit_required if is_object(input.approval)

audit_required if count(record_wishes) > 0

audit_required if release_audit.level == "full"
