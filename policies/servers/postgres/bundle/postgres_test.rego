package servers.postgres_test

import data.servers.postgres

settings := {
	"tools": {"query": "open"},
	"tables": {"orders": "open", "items": "open", "public.orders": "open", "customers": "ask", "closed": "refused"},
	"functions": ["count", "sum", "upper", "coalesce"],
}

call(tool, args) := {"action": {"type": "tool_call", "server": "postgres", "tool_name": tool, "effects": ["read"], "args": args}}

query(sql) := call("query", {"sql": sql})

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in postgres.deny with input as call(tool, {"sql": "select * from orders"}) with data.servers.postgres.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "postgres", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in postgres.deny with input as given with data.servers.postgres.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(postgres.deny) == 0 with input as query("select * from orders") with data.servers.postgres.settings as settings
	count(postgres.require_approval) == 0 with input as query("select * from orders") with data.servers.postgres.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(postgres.deny) == 0 with input as query("select * from customers") with data.servers.postgres.settings as settings
	"tool_asks" in postgres.require_approval with input as query("select * from orders")
		with data.servers.postgres.settings.tools as {"query": "ask"}
	not "tool_asks" in postgres.require_approval with input as query("select * from orders")
		with data.servers.postgres.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["query"]}, {"tools": {"query": true}}] {
		"tool_not_open" in postgres.deny with input as call("query", {}) with data.servers.postgres.settings as broken
	}
}

test_listed_tables_are_not_refused if {
	every sql in [
		"select * from orders",
		"SELECT id, upper(name) FROM Orders o WHERE o.id IN (1, 2) ORDER BY id LIMIT 5;",
		"select count(*) from orders o join items i on o.id = i.order_id where i.note like 'a, b'",
		"select coalesce(sum(amount), 0) from public.orders group by day having count(*) > 2",
		"select *\nfrom orders\n",
	] {
		not "query_not_open" in postgres.deny with input as query(sql) with data.servers.postgres.settings as settings
	}
}

test_other_tables_are_refused if {
	every sql in [
		"select * from salaries",
		"select * from closed",
		"select * from orders, salaries",
		"select * from orders o, salaries",
		"select * from orders join salaries on true",
		"select * from orders o join items i on o.order = i.id, salaries",
		"select * from orders o join items i on o . order = i.id, salaries",
		"select * from orders where id in (select id from salaries)",
		"select * from (select * from salaries) x",
		"select * from orders union select * from salaries",
		"select * from orders union table salaries",
		"with x as (select 1) select * from x",
		"select * from \"salaries\"",
		"select * from [salaries]",
		"select * from orders/**/, salaries",
		"select * from orders -- x\n, salaries",
		"select * from orders; drop table orders",
		"select * from orders; commit; drop schema public cascade",
		"select * into copies from orders",
		"select * from orders whereé, salaries",
		"select 1from salaries where 'x from orders where ' = 'x'",
		"select * from orders join\u000bsalaries on true",
	] {
		"query_not_open" in postgres.deny with input as query(sql) with data.servers.postgres.settings as settings
	}
}

test_other_functions_and_statements_are_refused if {
	every sql in [
		"select pg_read_file('/etc/passwd') from orders",
		"select pg_catalog.pg_read_file ('/etc/passwd') from orders",
		"select load_extension('x') from orders",
		"select pg_read_file\u000b('/etc/passwd') from orders",
		"select zählen(id) from orders",
		"select 1",
		"delete from orders",
		"explain select * from orders",
		"copy orders to '/tmp/x'",
		"",
		7,
		null,
		["select * from orders"],
	] {
		"query_not_open" in postgres.deny with input as query(sql) with data.servers.postgres.settings as settings
	}
	"query_not_open" in postgres.deny with input as call("query", {}) with data.servers.postgres.settings as settings
}

test_no_table_is_open_where_none_is_listed if {
	every tables in [{}, ["orders"], "orders", {"orders": true}] {
		"query_not_open" in postgres.deny with input as query("select * from orders") with data.servers.postgres.settings.tables as tables
	}
	every functions in [[], "count", {}] {
		"query_not_open" in postgres.deny with input as query("select count(*) from orders")
			with data.servers.postgres.settings as object.union(settings, {"functions": functions})
	}
}

test_some_tables_are_asked_about if {
	every sql in ["select * from customers", "select * from orders o join customers c on o.id = c.id"] {
		"table_asks" in postgres.require_approval with input as query(sql) with data.servers.postgres.settings as settings
	}
}

test_others_are_not_asked_about if {
	not "table_asks" in postgres.require_approval with input as query("select * from orders") with data.servers.postgres.settings as settings
}
