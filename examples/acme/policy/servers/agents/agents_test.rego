package servers.agents_test

import data.servers.agents

asked(agent, chain, user) := {
	"agent": {"id": agent, "chain": chain}, "user": {"id": user},
	"action": {"type": "subagent_call"},
}

test_its_own_user_and_agent_are_not_denied if {
	count(agents.deny) == 0 with input as asked("support-bot", [], "mara")
	count(agents.deny) == 0 with input as asked("planner-bot", ["support-bot"], "mara")
}

test_another_user_is_denied if {
	every user in ["lee", ""] {
		agents.deny == {"another_user"} with input as asked("support-bot", [], user)
	}
}

test_what_is_no_task_is_not_denied if {
	look := object.union(asked("ops-bot", [], "omar"), {"action": {"type": "resource_read"}})
	count(agents.deny) == 0 with input as look
}

test_another_agent_is_denied_however_it_asks if {
	agents.deny == {"another_agent"} with input as asked("ops-bot", [], "mara")
	agents.deny == {"another_agent"} with input as asked("support-bot", ["ops-bot"], "mara")
	agents.deny == {"another_agent"} with input as asked("planner-bot", [], "mara")
}
