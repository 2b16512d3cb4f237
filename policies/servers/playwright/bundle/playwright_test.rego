package servers.playwright_test

import data.servers.playwright

settings := {
	"tools": {"browser_navigate": "open", "browser_snapshot": "open", "browser_tabs": "open", "browser_click": "ask", "browser_evaluate": "refused"},
	"origins": {"https://docs.acme.example": "open", "http://localhost:3000": "open", "https://shop.example": "ask", "https://old.example": "refused"},
}

call(tool, args) := {"action": {"type": "tool_call", "server": "playwright", "tool_name": tool, "effects": ["read"], "args": args}}

navigating(url) := call("browser_navigate", {"url": url})

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["browser_evaluate", "browser_run_code_unsafe", ""] {
		"tool_not_open" in playwright.deny with input as call(tool, {}) with data.servers.playwright.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "playwright", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in playwright.deny with input as given with data.servers.playwright.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(playwright.deny) == 0 with input as navigating("https://docs.acme.example/a") with data.servers.playwright.settings as settings
	count(playwright.require_approval) == 0 with input as navigating("https://docs.acme.example/a") with data.servers.playwright.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(playwright.deny) == 0 with input as call("browser_click", {"target": "e3"}) with data.servers.playwright.settings as settings
	"tool_asks" in playwright.require_approval with input as call("browser_click", {"target": "e3"}) with data.servers.playwright.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["browser_snapshot"]}, {"tools": {"browser_snapshot": true}}] {
		"tool_not_open" in playwright.deny with input as call("browser_snapshot", {}) with data.servers.playwright.settings as broken
	}
}

test_listed_origins_are_not_refused if {
	every given in [
		navigating("https://docs.acme.example"),
		navigating("HTTPS://Docs.Acme.Example/a?b#c"),
		navigating("http://localhost:3000/x"),
		navigating("https://shop.example/"),
		call("browser_tabs", {"action": "new", "url": "http://localhost:3000/"}),
		call("browser_tabs", {"action": "list"}),
		call("browser_snapshot", {}),
	] {
		not "origin_not_open" in playwright.deny with input as given with data.servers.playwright.settings as settings
	}
}

test_other_addresses_are_refused if {
	every url in [
		"https://evil.example/",
		"http://docs.acme.example/",
		"https://docs.acme.example:8443/",
		"https://docs.acme.example@evil.example/",
		"https://docs.acme.example.evil.example/",
		"https://old.example/",
		"http://localhost/",
		"http://localhost:30001/",
		"docs.acme.example",
		"file:///etc/passwd",
		"javascript:alert(1)",
		"",
		7,
		["https://docs.acme.example"],
	] {
		"origin_not_open" in playwright.deny with input as navigating(url) with data.servers.playwright.settings as settings
		given := call("browser_tabs", {"action": "new", "url": url})
		"origin_not_open" in playwright.deny with input as given with data.servers.playwright.settings as settings
	}
	every given in [navigating(null), call("browser_navigate", {})] {
		"origin_not_open" in playwright.deny with input as given with data.servers.playwright.settings as settings
	}
}

test_no_origin_is_open_where_none_is_listed if {
	every origins in [{}, ["https://docs.acme.example"], "https://docs.acme.example", {"https://docs.acme.example": true}] {
		given := navigating("https://docs.acme.example/")
		"origin_not_open" in playwright.deny with input as given with data.servers.playwright.settings.origins as origins
	}
}

test_some_origins_are_asked_about if {
	"origin_asks" in playwright.require_approval with input as navigating("https://shop.example/a")
		with data.servers.playwright.settings as settings
}

test_others_are_not_asked_about if {
	not "origin_asks" in playwright.require_approval with input as navigating("https://docs.acme.example/")
		with data.servers.playwright.settings as settings
}

test_results_into_files_are_refused if {
	every file in ["a.png", "", 7] {
		given := call("browser_snapshot", {"filename": file})
		"file_named" in playwright.deny with input as given with data.servers.playwright.settings as settings
	}
}

test_results_in_the_answer_are_not_refused if {
	not "file_named" in playwright.deny with input as call("browser_snapshot", {}) with data.servers.playwright.settings as settings
}
