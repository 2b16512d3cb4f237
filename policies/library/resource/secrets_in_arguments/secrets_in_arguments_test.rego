package policy.resource_test

import data.policy.resource

secrets_in_arguments_settings := {"patterns": ["\\b(AKIA|ASIA)[0-9A-Z]{16}\\b", "\\bgh[pousr]_[A-Za-z0-9]{30,}", "\\bgithub_pat_[A-Za-z0-9_]{40,}", "\\bglpat-[A-Za-z0-9_-]{20,}", "\\bxox[abeoprs]-[A-Za-z0-9-]{10,}", "\\bsk-(ant-|proj-|live-)?[A-Za-z0-9_-]{20,}", "\\b[rs]k_(live|test)_[A-Za-z0-9]{16,}", "\\bAIza[0-9A-Za-z_-]{35}", "\\bya29\\.[0-9A-Za-z_-]{20,}", "\\bnpm_[A-Za-z0-9]{36}", "\\bpypi-[A-Za-z0-9_-]{50,}", "-----BEGIN [A-Z ]*PRIVATE KEY", "\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.", "\\bhttps?://[^/\\s:@\"]+:[^/\\s:@\"]+@"], "exempt_tools": []}

secrets_in_arguments_call := {"action": {"tool": "kb.write", "args": {}}}

test_secrets_in_arguments_ordinary_texts_are_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"text": "the key is under the mat"}}},
		{"action": {"args": {"id": "sk-7"}}},
		{"action": {"args": {"url": "https://a.example:8443/x"}}},
		{"action": {"args": {"text": "AKIA is a prefix"}}},
		{"action": {"args": {"n": 7}}},
	] {
		not "secrets_in_arguments" in resource.deny with input as object.union(secrets_in_arguments_call, part)
			with data.policy.resource.library.secrets_in_arguments as secrets_in_arguments_settings
	}
}

test_secrets_in_arguments_secrets_are_denied_at_any_depth if {
	every part in [
		{"action": {"args": {"text": "AKIAIOSFODNN7EXAMPLE"}}},
		{"action": {"args": {"a": {"b": [{"c": "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}}}},
		{"action": {"args": {"text": "x xoxb-1234567890-abc"}}},
		{"action": {"args": {"text": "-----BEGIN RSA PRIVATE KEY-----\nMII"}}},
		{"action": {"args": {"text": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x"}}},
		{"action": {"args": {"url": "https://ada:lovelace@a.example/"}}},
		{"action": {"args": {"sk-ant-aaaaaaaaaaaaaaaaaaaaaaaa": 1}}},
	] {
		"secrets_in_arguments" in resource.deny with input as object.union(secrets_in_arguments_call, part)
			with data.policy.resource.library.secrets_in_arguments as secrets_in_arguments_settings
	}
}

test_secrets_in_arguments_an_exempt_tool_is_not_denied if {
	given := object.union(secrets_in_arguments_call, {"action": {"args": {"text": "ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}})
	settings := {"patterns": ["\\b(AKIA|ASIA)[0-9A-Z]{16}\\b", "\\bgh[pousr]_[A-Za-z0-9]{30,}", "\\bgithub_pat_[A-Za-z0-9_]{40,}", "\\bglpat-[A-Za-z0-9_-]{20,}", "\\bxox[abeoprs]-[A-Za-z0-9-]{10,}", "\\bsk-(ant-|proj-|live-)?[A-Za-z0-9_-]{20,}", "\\b[rs]k_(live|test)_[A-Za-z0-9]{16,}", "\\bAIza[0-9A-Za-z_-]{35}", "\\bya29\\.[0-9A-Za-z_-]{20,}", "\\bnpm_[A-Za-z0-9]{36}", "\\bpypi-[A-Za-z0-9_-]{50,}", "-----BEGIN [A-Z ]*PRIVATE KEY", "\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.", "\\bhttps?://[^/\\s:@\"]+:[^/\\s:@\"]+@"], "exempt_tools": ["kb.write"]}
	not "secrets_in_arguments" in resource.deny with input as given
		with data.policy.resource.library.secrets_in_arguments as settings
}

test_secrets_in_arguments_other_patterns_may_be_named if {
	given := object.union(secrets_in_arguments_call, {"action": {"args": {"text": "ACME-1234"}}})
	"secrets_in_arguments" in resource.deny with input as given
		with data.policy.resource.library.secrets_in_arguments as {"patterns": ["ACME-[0-9]{4}"], "exempt_tools": []}
}

test_secrets_in_arguments_holds_for_every_call_without_configuration if {
	"secrets_in_arguments" in resource.deny with input as {}
		with data.policy.resource.library.secrets_in_arguments as {}
}
