package servers.sequential_thinking_test

import data.servers.sequential_thinking

settings := {"tools": {"sequentialthinking": "open"}, "thoughts_ask_above": 3, "thoughts_max": 5, "characters_max": 10}

call(tool, args) := {"action": {"type": "tool_call", "server": "sequential_thinking", "tool_name": tool, "effects": ["read"], "args": args}}

thought(number, text) := call("sequentialthinking", {"thought": text, "thoughtNumber": number, "totalThoughts": 5, "nextThoughtNeeded": true})

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in sequential_thinking.deny with input as call(tool, {}) with data.servers.sequential_thinking.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "sequential_thinking", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in sequential_thinking.deny with input as given with data.servers.sequential_thinking.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(sequential_thinking.deny) == 0 with input as thought(1, "short") with data.servers.sequential_thinking.settings as settings
	count(sequential_thinking.require_approval) == 0 with input as thought(1, "short") with data.servers.sequential_thinking.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	"tool_asks" in sequential_thinking.require_approval with input as thought(1, "short")
		with data.servers.sequential_thinking.settings.tools as {"sequentialthinking": "ask"}
}

test_a_tool_that_is_open_does_not_wait if {
	not "tool_asks" in sequential_thinking.require_approval with input as thought(1, "short")
		with data.servers.sequential_thinking.settings.tools as {"sequentialthinking": "open"}
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["sequentialthinking"]}, {"tools": {"sequentialthinking": true}}] {
		"tool_not_open" in sequential_thinking.deny with input as call("sequentialthinking", {}) with data.servers.sequential_thinking.settings as broken
	}
}

test_short_chains_are_not_refused if {
	every given in [thought(1, "short"), thought(5, "ten chars.")] {
		not "thoughts_max" in sequential_thinking.deny with input as given with data.servers.sequential_thinking.settings as settings
	}
}

test_long_chains_and_thoughts_are_refused if {
	every given in [thought(6, "x"), thought(1, "eleven char"), thought("1", "x"), thought(null, "x"), thought(1, 7), call("sequentialthinking", {})] {
		"thoughts_max" in sequential_thinking.deny with input as given with data.servers.sequential_thinking.settings as settings
	}
	every key in ["thoughts_max", "characters_max"] {
		"thoughts_max" in sequential_thinking.deny with input as thought(1, "x")
			with data.servers.sequential_thinking.settings as object.union(settings, {key: "9"})
	}
}

test_a_longer_chain_is_asked_about if {
	every given in [thought(4, "x"), thought("4", "x"), call("sequentialthinking", {})] {
		"thoughts_ask" in sequential_thinking.require_approval with input as given
			with data.servers.sequential_thinking.settings as settings
	}
	"thoughts_ask" in sequential_thinking.require_approval with input as thought(1, "x")
		with data.servers.sequential_thinking.settings.thoughts_ask_above as "9"
}

test_a_short_chain_is_not_asked_about if {
	not "thoughts_ask" in sequential_thinking.require_approval with input as thought(3, "x")
		with data.servers.sequential_thinking.settings as settings
}
