package servers.time_test

import data.servers.time

settings := {"tools": {"get_current_time": "open", "convert_time": "ask"}}

call(tool, args) := {"action": {"type": "tool_call", "server": "time", "tool_name": tool, "effects": ["read"], "args": args}}

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in time.deny with input as call(tool, {"timezone": "UTC"}) with data.servers.time.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "time", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in time.deny with input as given with data.servers.time.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(time.deny) == 0 with input as call("get_current_time", {"timezone": "America/Argentina/Buenos_Aires"}) with data.servers.time.settings as settings
	count(time.require_approval) == 0 with input as call("get_current_time", {"timezone": "America/Argentina/Buenos_Aires"}) with data.servers.time.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(time.deny) == 0 with input as call("convert_time", {"source_timezone": "UTC", "time": "10:00", "target_timezone": "Etc/GMT+3"}) with data.servers.time.settings as settings
	"tool_asks" in time.require_approval with input as call("convert_time", {"source_timezone": "UTC", "time": "10:00", "target_timezone": "Etc/GMT+3"}) with data.servers.time.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["get_current_time"]}, {"tools": {"get_current_time": true}}] {
		"tool_not_open" in time.deny with input as call("get_current_time", {}) with data.servers.time.settings as broken
	}
}

test_names_of_time_zones_are_not_refused if {
	every zone in ["UTC", "Europe/Paris", "Etc/GMT+3", "America/Port-au-Prince"] {
		given := call("get_current_time", {"timezone": zone})
		not "zone_unusable" in time.deny with input as given with data.servers.time.settings as settings
	}
}

test_what_names_no_time_zone_is_refused if {
	every zone in ["../../etc/passwd", "/etc/localtime", "Europe//Paris", "", "a/b/c/d", "UTC\n", null, 7, ["UTC"]] {
		given := call("get_current_time", {"timezone": zone})
		"zone_unusable" in time.deny with input as given with data.servers.time.settings as settings
	}
	"zone_unusable" in time.deny with input as call("get_current_time", {}) with data.servers.time.settings as settings
	half := call("convert_time", {"source_timezone": "UTC", "time": "10:00"})
	"zone_unusable" in time.deny with input as half with data.servers.time.settings as settings
}
