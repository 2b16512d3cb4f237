package policy.workflow_test

import data.policy.workflow

test_a_larger_blast_radius_has_a_timeout if {
	duty := {"id": "timeout_duty", "kind": "limit", "limits": {"timeout_ms": 30000}}
	workflow.oblige == {duty} with input as action({"tool": "crm.delete_customer", "blast_radius": "high"})
}

test_a_small_blast_radius_has_none if count(workflow.oblige) == 0 with input as calm

test_a_tool_may_have_a_timeout_of_its_own if {
	slow := action({"tool": "everything.trigger-long-running-operation"})
	duty := {"id": "timeout_duty_tools", "kind": "limit", "limits": {"timeout_ms": 2000}}
	workflow.oblige == {duty} with input as slow
}

test_both_timeouts_are_asked_for_where_both_hold if {
	count(workflow.oblige) == 2 with input as action({"tool": "crm.query", "blast_radius": "high"})
}
