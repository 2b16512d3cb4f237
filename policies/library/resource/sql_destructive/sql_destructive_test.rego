package policy.resource_test

import data.policy.resource

sql_destructive_settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "words": ["drop", "truncate", "into outfile"]}

sql_destructive_call := {"action": {"tool": "db.query", "args": {}}}

test_sql_destructive_queries_and_changes_of_rows_are_not_denied if {
	every part in [
		{"action": {"args": {"sql": "select dropped_at from t"}}},
		{"action": {"args": {"sql": "update t set a = 1 where id = 2"}}},
		{"action": {"args": {"sql": "SELECT 1"}}},
		{"action": {"args": {"sql": ""}}},
	] {
		not "sql_destructive" in resource.deny with input as object.union(sql_destructive_call, part)
			with data.policy.resource.library.sql_destructive as sql_destructive_settings
	}
}

test_sql_destructive_listed_words_are_denied_in_any_case if {
	every part in [
		{"action": {"args": {"sql": "DROP TABLE customers"}}},
		{"action": {"args": {"sql": "select 1; dRoP table x"}}},
		{"action": {"args": {"sql": "truncate\ncustomers"}}},
		{"action": {"args": {"sql": "select a INTO  OUTFILE '/tmp/x' from t"}}},
		{"action": {"args": {"sql": "drop/**/table t"}}},
	] {
		"sql_destructive" in resource.deny with input as object.union(sql_destructive_call, part)
			with data.policy.resource.library.sql_destructive as sql_destructive_settings
	}
}

test_sql_destructive_other_words_may_be_named if {
	given := object.union(sql_destructive_call, {"action": {"args": {"sql": "merge into t"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "words": ["merge"]}
	"sql_destructive" in resource.deny with input as given
		with data.policy.resource.library.sql_destructive as settings
}

test_sql_destructive_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"sql": 7}}},
		{"action": {"args": {"sql": null}}},
		{"action": {"args": {"sql": ["select 1"]}}},
		{"action": {"tool": "bigquery.run"}},
	] {
		"sql_destructive" in resource.deny with input as object.union(sql_destructive_call, part)
			with data.policy.resource.library.sql_destructive as sql_destructive_settings
	}
}

test_sql_destructive_a_tool_may_name_its_own_argument if {
	given := object.union(sql_destructive_call, {"action": {"tool": "bigquery.run", "args": {"query": "drop table t"}}})
	"sql_destructive" in resource.deny with input as given
		with data.policy.resource.library.sql_destructive as sql_destructive_settings
}

test_sql_destructive_a_call_without_sql_is_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"query": "drop table t"}}},
	] {
		not "sql_destructive" in resource.deny with input as object.union(sql_destructive_call, part)
			with data.policy.resource.library.sql_destructive as sql_destructive_settings
	}
}

test_sql_destructive_an_exempt_tool_is_not_denied if {
	given := object.union(sql_destructive_call, {"action": {"args": {"sql": "drop table t"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": ["db.query"], "words": ["drop", "truncate", "into outfile"]}
	not "sql_destructive" in resource.deny with input as given
		with data.policy.resource.library.sql_destructive as settings
}

test_sql_destructive_holds_for_every_call_without_configuration if {
	"sql_destructive" in resource.deny with input as {}
		with data.policy.resource.library.sql_destructive as {}
}
