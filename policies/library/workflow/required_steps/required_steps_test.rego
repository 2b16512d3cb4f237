package policy.workflow_test

import data.policy.workflow

required_steps_settings := {"needs": {"payments.refund": ["payments.list_payments", "crm.read"]}}

required_steps_call := {"action": {"tool": "payments.refund"}, "context": {"recent_tools": ["payments.list_payments", "crm.read"]}}

test_required_steps_after_all_steps_nothing_is_denied if {
	not "required_steps" in workflow.deny with input as required_steps_call
		with data.policy.workflow.library.required_steps as required_steps_settings
}

test_required_steps_a_missing_step_is_denied if {
	every part in [
		{"context": {"recent_tools": ["crm.read"]}},
		{"context": {"recent_tools": []}},
	] {
		"required_steps" in workflow.deny with input as object.union(required_steps_call, part)
			with data.policy.workflow.library.required_steps as required_steps_settings
	}
}

test_required_steps_missing_memory_is_denied if {
	given := json.remove(required_steps_call, ["/context/recent_tools"])
	"required_steps" in workflow.deny with input as given
		with data.policy.workflow.library.required_steps as required_steps_settings
}

test_required_steps_other_tools_need_nothing if {
	given := object.union(required_steps_call, {"action": {"tool": "payments.balance"}, "context": {"recent_tools": []}})
	not "required_steps" in workflow.deny with input as given
		with data.policy.workflow.library.required_steps as required_steps_settings
}

test_required_steps_nothing_is_needed_by_default if {
	given := object.union(required_steps_call, {"context": {"recent_tools": []}})
	not "required_steps" in workflow.deny with input as given
		with data.policy.workflow.library.required_steps as {"needs": {}}
}

test_required_steps_holds_for_every_call_without_configuration if {
	"required_steps" in workflow.deny with input as {}
		with data.policy.workflow.library.required_steps as {}
}
