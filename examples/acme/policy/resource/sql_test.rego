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

test_a_verb_that_changes_is_denied_in_any_case if {
	every sql in [
		"delete from customers", "DELETE FROM customers", "DeLeTe\nfrom customers", "update customers set name = ''",
		"pragma table_info(customers)", "attach database '/tmp/x' as x", "vacuum", "explain delete from customers",
		"with gone as (select id from customers) delete from customers where id in gone",
	] {
		"sql_not_read_only" in resource.deny with input as query(sql)
	}
}

test_a_query_that_reads_is_not_denied_as_changing if {
	not "sql_not_read_only" in resource.deny with input as query("select 1")
}

test_a_comment_is_denied if {
	every sql in ["/* tidy */ delete from customers", "select 1 -- and more", "del/**/ete from customers"] {
		"sql_unusable" in resource.deny with input as query(sql)
	}
}

test_a_second_statement_is_denied if {
	every sql in ["select 1; drop table customers", "select 1;;", "select 1; select 2;"] {
		"sql_unusable" in resource.deny with input as query(sql)
	}
}

test_sql_that_is_no_text_is_denied if {
	every unusable in [null, 7, ["select 1"], {"text": "select 1"}] {
		"sql_unusable" in resource.deny with input as query(unusable)
	}
	"sql_unusable" in resource.deny with input as call("operations", "crm.query", {"source": "customers"})
}

test_one_plain_statement_is_not_denied_as_unusable if {
	not "sql_unusable" in resource.deny with input as query("select 1")
}

test_arguments_of_other_tools_are_no_sql if {
	count(resource.deny) == 0 with input as call("operations", "everything.echo", {"sql": "drop table customers"})
}
