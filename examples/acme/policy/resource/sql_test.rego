package policy.resource_test

import data.policy.resource

query(sql) := call("operations", "crm.query", {"source": "customers", "sql": sql})

test_a_select_is_not_denied if {
	every sql in [
		"select name from customers where id = 7",
		"  SELECT count(*)\nFROM customers;",
		"with named as (select name from customers) select * from named",
		"select updated_at, created_by from customers where note like '%deleted%'",
	] {
		count(resource.deny) == 0 with input as query(sql)
	}
}

test_a_word_that_changes_is_denied_in_any_case if {
	every sql in [
		"delete from customers", "DELETE FROM customers", "DeLeTe\nfrom customers", "update customers set name = ''",
		"pragma table_info(customers)", "attach database '/tmp/x' as x", "vacuum", "explain delete from customers",
	] {
		resource.deny == {"sql_destructive", "sql_not_read_only"} with input as query(sql)
	}
}

test_a_word_that_changes_is_denied_behind_a_query_too if {
	gone := "with gone as (select id from customers) delete from customers where id in gone"
	resource.deny == {"sql_destructive"} with input as query(gone)
}

test_what_begins_as_no_query_is_denied if {
	every sql in ["explain select 1", "values (1)", "(select 1)", "selected", ""] {
		resource.deny == {"sql_not_read_only"} with input as query(sql)
	}
}

test_a_query_that_reads_is_not_denied_as_changing if {
	not "sql_not_read_only" in resource.deny with input as query("select 1")
}

test_a_comment_is_denied if {
	every sql in ["/* tidy */ select 1", "select 1 -- and more", "select/**/1"] {
		"sql_stacked" in resource.deny with input as query(sql)
	}
}

test_a_second_statement_is_denied if {
	every sql in ["select 1; drop table customers", "select 1;;", "select 1; select 2;"] {
		"sql_stacked" in resource.deny with input as query(sql)
	}
}

test_sql_that_is_no_text_is_denied if {
	every unusable in [null, 7, ["select 1"], {"text": "select 1"}] {
		"sql_stacked" in resource.deny with input as query(unusable)
	}
	resource.deny == {"sql_stacked"} with input as call("operations", "crm.query", {"source": "customers"})
}

test_sql_is_looked_at_whatever_tool_is_given_it if {
	dropping := call("operations", "everything.echo", {"sql": "drop table customers"})
	resource.deny == {"sql_destructive"} with input as dropping
}
