package policy.workflow_test

# A call that workflow has nothing against.
calm := {
	"agent": {"scope": "support"},
	"action": {"tool": "crm.read", "effects": ["read"], "blast_radius": "low"},
	"context": {
		"turn_count": 7, "cumulative_tokens": 4521, "session_age_seconds": 142,
		"tool_calls_in_a_row": 3, "identical_calls": 1,
	},
	"environment": {"is_production": true, "flags": {"change_freeze": false}},
}

context(part) := object.union(calm, {"context": part})

scoped(scope, part) := object.union(context(part), {"agent": {"scope": scope}})

action(part) := object.union(calm, {"action": part})
