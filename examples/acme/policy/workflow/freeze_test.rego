package policy.workflow_test

import data.policy.workflow

frozen := object.union(
	action({"effects": ["write", "destructive"]}),
	{"environment": {"flags": {"change_freeze": true}}},
)

test_destruction_is_denied_during_a_freeze if workflow.deny == {"change_freeze"} with input as frozen

test_reading_is_not_denied_during_a_freeze if {
	reading := object.union(frozen, {"action": {"effects": ["read"]}})
	count(workflow.deny) == 0 with input as reading
}

test_a_freeze_concerns_production_only if {
	staging := object.union(frozen, {"environment": {"is_production": false}})
	count(workflow.deny) == 0 with input as staging
}

test_without_a_freeze_nothing_is_held_back if {
	count(workflow.deny) == 0 with input as action({"effects": ["destructive"]})
}

test_a_flag_that_nobody_set_means_no_freeze if {
	flagless := json.patch(frozen, [{"op": "replace", "path": "/environment/flags", "value": {}}])
	count(workflow.deny) == 0 with input as flagless
}
