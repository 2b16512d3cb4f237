package servers.fetch_test

import data.servers.fetch

settings := {
	"tools": {"fetch": "open"},
	"hosts": {"docs.acme.example": "open", "*.partner.example": "open", "news.example": "ask", "old.partner.example": "refused", "new.partner.example": "ask"},
	"characters_max": 1000,
}

call(tool, args) := {"action": {"type": "tool_call", "server": "fetch", "tool_name": tool, "effects": ["read"], "args": args}}

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in fetch.deny with input as call(tool, {"url": "https://docs.acme.example/"}) with data.servers.fetch.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "fetch", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in fetch.deny with input as given with data.servers.fetch.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(fetch.deny) == 0 with input as call("fetch", {"url": "https://docs.acme.example/a"}) with data.servers.fetch.settings as settings
	count(fetch.require_approval) == 0 with input as call("fetch", {"url": "https://docs.acme.example/a"}) with data.servers.fetch.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	"tool_asks" in fetch.require_approval with input as call("fetch", {}) with data.servers.fetch.settings.tools as {"fetch": "ask"}
}

test_a_tool_that_is_open_does_not_wait if {
	not "tool_asks" in fetch.require_approval with input as call("fetch", {}) with data.servers.fetch.settings.tools as {"fetch": "open"}
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["fetch"]}, {"tools": {"fetch": true}}] {
		"tool_not_open" in fetch.deny with input as call("fetch", {}) with data.servers.fetch.settings as broken
	}
}

test_listed_hosts_are_not_refused if {
	every url in [
		"https://docs.acme.example",
		"https://docs.acme.example/a?b#c",
		"HTTPS://Docs.Acme.Example/",
		"https://docs.acme.example:443/x",
		"https://docs.acme.example?q=1",
		"https://a.b.partner.example/x",
		"https://news.example/",
	] {
		given := call("fetch", {"url": url})
		not "host_not_open" in fetch.deny with input as given with data.servers.fetch.settings as settings
	}
}

test_other_addresses_are_refused if {
	every url in [
		"https://evil.example/",
		"http://docs.acme.example/",
		"https://docs.acme.example.evil.example/",
		"https://docs.acme.example@evil.example/",
		"https://user@docs.acme.example/",
		"https://docs.acme.example:8443/",
		"https://docs.acme.example\\@evil.example",
		"https://evil.example/?https://docs.acme.example/",
		"https://partner.example/",
		"https://notpartner.example/",
		"https://old.partner.example/",
		"https://docs.acme.exa\tmple/",
		" https://docs.acme.example/",
		"file:///etc/passwd",
		"//docs.acme.example/",
		"",
		7,
		null,
		["https://docs.acme.example/"],
	] {
		given := call("fetch", {"url": url})
		"host_not_open" in fetch.deny with input as given with data.servers.fetch.settings as settings
	}
	"host_not_open" in fetch.deny with input as call("fetch", {}) with data.servers.fetch.settings as settings
}

test_some_hosts_are_asked_about if {
	every url in ["https://news.example/today", "https://new.partner.example/"] {
		given := call("fetch", {"url": url})
		"host_asks" in fetch.require_approval with input as given with data.servers.fetch.settings as settings
	}
}

test_others_are_not_asked_about if {
	given := call("fetch", {"url": "https://docs.acme.example/"})
	not "host_asks" in fetch.require_approval with input as given with data.servers.fetch.settings as settings
}

test_no_host_is_open_where_none_is_listed if {
	given := call("fetch", {"url": "https://docs.acme.example/"})
	every hosts in [{}, [], "docs.acme.example", ["docs.acme.example"], {"docs.acme.example": true}] {
		"host_not_open" in fetch.deny with input as given with data.servers.fetch.settings.hosts as hosts
	}
}

test_long_pieces_are_refused if {
	every length in [1001, "10", null, [1]] {
		given := call("fetch", {"url": "https://docs.acme.example/", "max_length": length})
		"page_too_long" in fetch.deny with input as given with data.servers.fetch.settings as settings
	}
}

test_short_pieces_are_not_refused if {
	every args in [{}, {"max_length": 1000}] {
		not "page_too_long" in fetch.deny with input as call("fetch", args) with data.servers.fetch.settings as settings
	}
}

test_without_a_limit_every_length_is_refused if {
	every limit in ["1000", null, {}] {
		"page_too_long" in fetch.deny with input as call("fetch", {}) with data.servers.fetch.settings.characters_max as limit
	}
}
