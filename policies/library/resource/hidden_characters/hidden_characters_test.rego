package policy.resource_test

import data.policy.resource

hidden_characters_settings := {"pattern": "[\\x{00AD}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2064}\\x{2066}-\\x{206F}\\x{FEFF}\\x{FFF9}-\\x{FFFB}\\x{E0000}-\\x{E007F}]", "exempt_tools": []}

hidden_characters_call := {"action": {"tool": "kb.write", "args": {}}}

test_hidden_characters_visible_characters_are_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"text": "gr\u00fc\u00df \u65e5\u672c \u05e9\u05dc\u05d5\u05dd\n\tx"}}},
		{"action": {"args": {"text": "\ud83d\udc69\u200d\ud83d\udcbb"}}},
	] {
		not "hidden_characters" in resource.deny with input as object.union(hidden_characters_call, part)
			with data.policy.resource.library.hidden_characters as hidden_characters_settings
	}
}

test_hidden_characters_hidden_characters_are_denied_at_any_depth if {
	every part in [
		{"action": {"args": {"text": "a\u200bb"}}},
		{"action": {"args": {"text": "\u202egnp.exe"}}},
		{"action": {"args": {"a": [{"b": "\u2066x"}]}}},
		{"action": {"args": {"text": "\udb40\udc41"}}},
		{"action": {"args": {"x\ufeff": 1}}},
	] {
		"hidden_characters" in resource.deny with input as object.union(hidden_characters_call, part)
			with data.policy.resource.library.hidden_characters as hidden_characters_settings
	}
}

test_hidden_characters_an_exempt_tool_is_not_denied if {
	given := object.union(hidden_characters_call, {"action": {"args": {"text": "\u200b"}}})
	settings := {"pattern": "[\\x{00AD}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2064}\\x{2066}-\\x{206F}\\x{FEFF}\\x{FFF9}-\\x{FFFB}\\x{E0000}-\\x{E007F}]", "exempt_tools": ["kb.write"]}
	not "hidden_characters" in resource.deny with input as given
		with data.policy.resource.library.hidden_characters as settings
}

test_hidden_characters_holds_for_every_call_without_configuration if {
	"hidden_characters" in resource.deny with input as {}
		with data.policy.resource.library.hidden_characters as {}
}
