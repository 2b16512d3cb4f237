package policy.resource_test

import data.policy.resource

sql_where_settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "verbs": ["update", "delete"], "always_true": ["\\bwhere\\s+\\(*\\s*(true|1\\s*=\\s*1)\\b", "\\bor\\s+1\\s*=\\s*1"]}

sql_where_call := {"action": {"tool": "db.query", "args": {}}}

test_sql_where_changes_with_a_condition_are_not_denied if {
	every part in [
		{"action": {"args": {"sql": "delete from t where id = 7"}}},
		{"action": {"args": {"sql": "UPDATE t SET a = 1 WHERE id = 2"}}},
		{"action": {"args": {"sql": "select updated_at from t"}}},
		{"action": {"args": {"sql": ""}}},
	] {
		not "sql_where" in resource.deny with input as object.union(sql_where_call, part)
			with data.policy.resource.library.sql_where as sql_where_settings
	}
}

test_sql_where_changes_of_everything_are_denied if {
	every part in [
		{"action": {"args": {"sql": "DELETE FROM customers"}}},
		{"action": {"args": {"sql": "update t set a = 1"}}},
		{"action": {"args": {"sql": "delete from t where 1=1"}}},
		{"action": {"args": {"sql": "delete from t where (true)"}}},
		{"action": {"args": {"sql": "delete from t where id = 2 or 1 = 1"}}},
	] {
		"sql_where" in resource.deny with input as object.union(sql_where_call, part)
			with data.policy.resource.library.sql_where as sql_where_settings
	}
}

test_sql_where_other_verbs_may_be_named if {
	given := object.union(sql_where_call, {"action": {"args": {"sql": "merge into t"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "verbs": ["merge"], "always_true": ["\\bwhere\\s+\\(*\\s*(true|1\\s*=\\s*1)\\b", "\\bor\\s+1\\s*=\\s*1"]}
	"sql_where" in resource.deny with input as given
		with data.policy.resource.library.sql_where as settings
}

test_sql_where_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"sql": 7}}},
		{"action": {"args": {"sql": null}}},
		{"action": {"args": {"sql": ["select 1"]}}},
		{"action": {"tool": "bigquery.run"}},
	] {
		"sql_where" in resource.deny with input as object.union(sql_where_call, part)
			with data.policy.resource.library.sql_where as sql_where_settings
	}
}

test_sql_where_a_tool_may_name_its_own_argument if {
	given := object.union(sql_where_call, {"action": {"tool": "bigquery.run", "args": {"query": "delete from t"}}})
	"sql_where" in resource.deny with input as given
		with data.policy.resource.library.sql_where as sql_where_settings
}

test_sql_where_a_call_without_sql_is_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"query": "delete from t"}}},
	] {
		not "sql_where" in resource.deny with input as object.union(sql_where_call, part)
			with data.policy.resource.library.sql_where as sql_where_settings
	}
}

test_sql_where_an_exempt_tool_is_not_denied if {
	given := object.union(sql_where_call, {"action": {"args": {"sql": "delete from t"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": ["db.query"], "verbs": ["update", "delete"], "always_true": ["\\bwhere\\s+\\(*\\s*(true|1\\s*=\\s*1)\\b", "\\bor\\s+1\\s*=\\s*1"]}
	not "sql_where" in resource.deny with input as given
		with data.policy.resource.library.sql_where as settings
}

test_sql_where_holds_for_every_call_without_configuration if {
	"sql_where" in resource.deny with input as {}
		with data.policy.resource.library.sql_where as {}
}
