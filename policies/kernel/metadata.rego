package bailiff

# METADATA
# description: What the answer says about itself.
metadata := {
	"policy_version": policy_version,
	"bundles": bundles,
	"matched_rules": order,
	"rules": [quoted(id, matched[id]) | some id in order],
	"overrides": overrides,
	"resolution": row,
	"failures": failures_told,
	"audit_required": audit_required,
	"audit": audit,
	"appeal_path": appeal_path,
	"mask": mask,
}

# METADATA
# description: >-
#   Fields that the record hides, with how: the merged mask duties. They hold whatever the outcome, because what a refused call
#   carried is as secret as what an allowed one did.
mask := merged("mask").fields if {
	asked_for.mask
} else := {}

# METADATA
# description: What failed, on the rows where something did.
failures_told := sort(failures) if {
	row == 1
} else := sort(capability_failures) if {
	row == 4
} else := sort(duty_failures) if {
	row == 5
} else := []

# METADATA
# description: Where a person may ask for a change, by the most important deciding rule that names a place.
appeal_path := [path | some id in deciding; path := matched[id].entry.appeal_path; path != ""][0] if {
	row in {2, 3, 6}
} else := ""

# METADATA
# description: >-
#   Every matched rule, the most important first: objections and demands by severity, then grants of `who` and of `what`,
#   affirmations, obligations; rules of equal weight by id. Empty where the input is not whole, since no rule is heard on it.
order := [] if {
	count(input_failures) > 0
} else := by_weight(matched)

# METADATA
# description: Full ids of findings, the weightiest first.
by_weight(findings) := [id |
	some [_, id] in sort({[weight(finding), id] | some id, finding in findings})
]

# METADATA
# description: Smaller is weightier.
# scope: document
weight(finding) := severity_ranks[finding.entry.severity] if finding.kind == "deny"

weight(finding) := 10 + severity_ranks[finding.entry.severity] if finding.kind == "require_approval"

weight(finding) := {"who": 20, "what": 21}[finding.slot] if finding.kind == "allow"

weight(finding) := 22 if finding.kind == "affirm"

weight(finding) := 23 if finding.kind == "oblige"

# METADATA
# description: A rule as a reader of the answer sees it.
quoted(id, finding) := {
	"rule": id,
	"effect": finding.kind,
	"title": finding.entry.title,
	"owner": finding.entry.owner,
	"reason": finding.entry.reason,
	"remediation": finding.entry.remediation,
	"appeal_path": finding.entry.appeal_path,
}
