package policy.resource_test

import data.policy.resource

sql_stacked_settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "marks": ["--", "/*"]}

sql_stacked_call := {"action": {"tool": "db.query", "args": {}}}

test_sql_stacked_one_statement_is_not_denied if {
	every part in [
		{"action": {"args": {"sql": "select 1"}}},
		{"action": {"args": {"sql": " SELECT a - -1 FROM t ; "}}},
		{"action": {"args": {"sql": "update t set a = 1 where id = 2;"}}},
		{"action": {"args": {"sql": ""}}},
	] {
		not "sql_stacked" in resource.deny with input as object.union(sql_stacked_call, part)
			with data.policy.resource.library.sql_stacked as sql_stacked_settings
	}
}

test_sql_stacked_several_statements_and_comments_are_denied if {
	every part in [
		{"action": {"args": {"sql": "select 1; drop table t"}}},
		{"action": {"args": {"sql": "select 1;;"}}},
		{"action": {"args": {"sql": "select 1; select 2;"}}},
		{"action": {"args": {"sql": "select 1 -- and more"}}},
		{"action": {"args": {"sql": "select /* x */ 1"}}},
	] {
		"sql_stacked" in resource.deny with input as object.union(sql_stacked_call, part)
			with data.policy.resource.library.sql_stacked as sql_stacked_settings
	}
}

test_sql_stacked_other_marks_may_be_named if {
	given := object.union(sql_stacked_call, {"action": {"args": {"sql": "select 1 # x"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": [], "marks": ["#"]}
	"sql_stacked" in resource.deny with input as given
		with data.policy.resource.library.sql_stacked as settings
}

test_sql_stacked_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"sql": 7}}},
		{"action": {"args": {"sql": null}}},
		{"action": {"args": {"sql": ["select 1"]}}},
		{"action": {"tool": "bigquery.run"}},
	] {
		"sql_stacked" in resource.deny with input as object.union(sql_stacked_call, part)
			with data.policy.resource.library.sql_stacked as sql_stacked_settings
	}
}

test_sql_stacked_a_tool_may_name_its_own_argument if {
	given := object.union(sql_stacked_call, {"action": {"tool": "bigquery.run", "args": {"query": "select 1; select 2"}}})
	"sql_stacked" in resource.deny with input as given
		with data.policy.resource.library.sql_stacked as sql_stacked_settings
}

test_sql_stacked_a_call_without_sql_is_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"query": "select 1; select 2"}}},
	] {
		not "sql_stacked" in resource.deny with input as object.union(sql_stacked_call, part)
			with data.policy.resource.library.sql_stacked as sql_stacked_settings
	}
}

test_sql_stacked_an_exempt_tool_is_not_denied if {
	given := object.union(sql_stacked_call, {"action": {"args": {"sql": "select 1; select 2"}}})
	settings := {"arguments": ["sql"], "tool_arguments": {"bigquery.run": ["query"]}, "exempt_tools": ["db.query"], "marks": ["--", "/*"]}
	not "sql_stacked" in resource.deny with input as given
		with data.policy.resource.library.sql_stacked as settings
}

test_sql_stacked_holds_for_every_call_without_configuration if {
	"sql_stacked" in resource.deny with input as {}
		with data.policy.resource.library.sql_stacked as {}
}
