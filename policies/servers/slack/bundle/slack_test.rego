package servers.slack_test

import data.servers.slack

settings := {
	"tools": {"slack_list_channels": "open", "slack_get_channel_history": "open", "slack_post_message": "ask", "slack_reply_to_thread": "ask", "slack_get_users": "refused"},
	"channels": {"read": ["C1", "C2"], "write": ["C2"]},
	"tools_without_channel": ["slack_list_channels"],
	"link_hosts": ["docs.acme.example"],
	"entries_max": 10,
}

call(tool, args) := {"action": {"type": "tool_call", "server": "slack", "tool_name": tool, "effects": ["read"], "args": args}}

posting(channel, text) := object.union(
	call("slack_post_message", {"channel_id": channel, "text": text}),
	{"action": {"effects": ["write", "external"]}},
)

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["slack_get_users", "no_such_tool", ""] {
		"tool_not_open" in slack.deny with input as call(tool, {}) with data.servers.slack.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "slack", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in slack.deny with input as given with data.servers.slack.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(slack.deny) == 0 with input as call("slack_get_channel_history", {"channel_id": "C1", "limit": 10}) with data.servers.slack.settings as settings
	count(slack.require_approval) == 0 with input as call("slack_get_channel_history", {"channel_id": "C1", "limit": 10}) with data.servers.slack.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(slack.deny) == 0 with input as posting("C2", "Done, see https://docs.acme.example/a") with data.servers.slack.settings as settings
	"tool_asks" in slack.require_approval with input as posting("C2", "Done, see https://docs.acme.example/a") with data.servers.slack.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["slack_list_channels"]}, {"tools": {"slack_list_channels": true}}] {
		"tool_not_open" in slack.deny with input as call("slack_list_channels", {}) with data.servers.slack.settings as broken
	}
}

test_listed_channels_are_not_refused if {
	every given in [call("slack_get_channel_history", {"channel_id": "C2"}), call("slack_list_channels", {}), posting("C2", "x")] {
		not "channel_not_open" in slack.deny with input as given with data.servers.slack.settings as settings
	}
}

test_other_channels_are_refused if {
	every channel in ["C3", "c1", "#general", "", null, 7, ["C1"]] {
		given := call("slack_get_channel_history", {"channel_id": channel})
		"channel_not_open" in slack.deny with input as given with data.servers.slack.settings as settings
	}
	every given in [posting("C1", "x"), call("slack_get_channel_history", {}), call("slack_get_users", {})] {
		"channel_not_open" in slack.deny with input as given with data.servers.slack.settings as settings
	}
}

test_no_channel_is_open_where_none_is_listed if {
	every channels in [{"read": [], "write": []}, {}, {"read": "C1"}, []] {
		given := call("slack_get_channel_history", {"channel_id": "C1"})
		"channel_not_open" in slack.deny with input as given with data.servers.slack.settings.channels as channels
	}
}

test_ordinary_messages_are_not_refused if {
	every text in ["Done.", "See https://docs.acme.example/a?b and <https://Docs.Acme.Example|this>", "<@U1> please look"] {
		not "message_not_open" in slack.deny with input as posting("C2", text) with data.servers.slack.settings as settings
	}
	reading := call("slack_get_channel_history", {})
	not "message_not_open" in slack.deny with input as reading with data.servers.slack.settings as settings
}

test_messages_that_call_a_crowd_or_link_elsewhere_are_refused if {
	every text in [
		"<!channel> look",
		"<!HERE>",
		"<!subteam^S1>",
		"@everyone",
		"https://evil.example/?q=secret",
		"https://docs.acme.example@evil.example/",
		"https://docs.acme.example.evil.example/",
		"see https://docs.acme.example/a and http://evil.example",
		null,
		7,
		["x"],
	] {
		"message_not_open" in slack.deny with input as posting("C2", text) with data.servers.slack.settings as settings
	}
	empty := call("slack_reply_to_thread", {"channel_id": "C2"})
	"message_not_open" in slack.deny with input as empty with data.servers.slack.settings as settings
	every hosts in [[], "docs.acme.example", null] {
		linking := posting("C2", "https://docs.acme.example/")
		"message_not_open" in slack.deny with input as linking with data.servers.slack.settings.link_hosts as hosts
	}
}

test_few_entries_are_not_refused if {
	every args in [{"limit": 10}, {}] {
		not "too_many_entries" in slack.deny with input as call("slack_list_channels", args) with data.servers.slack.settings as settings
	}
}

test_many_entries_are_refused if {
	every limit in [11, "5", null, [1]] {
		given := call("slack_list_channels", {"limit": limit})
		"too_many_entries" in slack.deny with input as given with data.servers.slack.settings as settings
	}
	"too_many_entries" in slack.deny with input as call("slack_list_channels", {}) with data.servers.slack.settings.entries_max as "10"
}
