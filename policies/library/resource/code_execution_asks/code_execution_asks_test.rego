package policy.resource_test

import data.policy.resource

code_execution_asks_settings := {"name_parts": ["exec", "execute", "eval", "run_code", "run_command", "run_script", "shell", "terminal", "bash", "powershell", "python", "evaluate", "install_package"], "tools": [], "contained_tools": []}

code_execution_asks_call := {"action": {"tool": "kb.search", "tool_name": "search"}}

test_code_execution_asks_other_tools_do_not_ask if {
	not "code_execution_asks" in resource.require_approval with input as code_execution_asks_call
		with data.policy.resource.library.code_execution_asks as code_execution_asks_settings
}

test_code_execution_asks_tools_that_run_code_ask if {
	every part in [
		{"action": {"tool": "box.Execute_Command", "tool_name": "Execute_Command"}},
		{"action": {"tool": "box.browser_evaluate", "tool_name": "browser_evaluate"}},
	] {
		"code_execution_asks" in resource.require_approval with input as object.union(code_execution_asks_call, part)
			with data.policy.resource.library.code_execution_asks as code_execution_asks_settings
	}
}

test_code_execution_asks_a_listed_tool_asks if {
	settings := {"name_parts": ["exec", "execute", "eval", "run_code", "run_command", "run_script", "shell", "terminal", "bash", "powershell", "python", "evaluate", "install_package"], "tools": ["kb.search"], "contained_tools": []}
	"code_execution_asks" in resource.require_approval with input as code_execution_asks_call
		with data.policy.resource.library.code_execution_asks as settings
}

test_code_execution_asks_a_contained_tool_does_not_ask if {
	given := object.union(code_execution_asks_call, {"action": {"tool": "box.bash", "tool_name": "bash"}})
	settings := {"name_parts": ["exec", "execute", "eval", "run_code", "run_command", "run_script", "shell", "terminal", "bash", "powershell", "python", "evaluate", "install_package"], "tools": [], "contained_tools": ["box.bash"]}
	not "code_execution_asks" in resource.require_approval with input as given
		with data.policy.resource.library.code_execution_asks as settings
}

test_code_execution_asks_holds_for_every_call_without_configuration if {
	"code_execution_asks" in resource.require_approval with input as {}
		with data.policy.resource.library.code_execution_asks as {}
}
