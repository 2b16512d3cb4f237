package servers.sqlite_test

import data.servers.sqlite

settings := {
	"tools": {"read_query": "open", "describe_table": "open", "write_query": "ask", "create_table": "ask"},
	"tables": {"orders": "open", "items": "open", "public.orders": "open", "customers": "ask", "closed": "refused"},
	"functions": ["count", "sum", "upper", "coalesce"],
}

call(tool, args) := {"action": {"type": "tool_call", "server": "sqlite", "tool_name": tool, "effects": ["read"], "args": args}}

query(sql) := call("read_query", {"query": sql})

test_a_tool_that_nobody_opened_is_refused if {
	every tool in ["no_such_tool", ""] {
		"tool_not_open" in sqlite.deny with input as call(tool, {"query": "select * from orders"}) with data.servers.sqlite.settings as settings
	}
}

test_what_is_no_call_of_a_tool_is_refused if {
	every type in ["resource_read", "prompt_get", "completion", "roots", "sampling"] {
		given := {"action": {"type": type, "server": "sqlite", "tool_name": "", "effects": ["read"], "args": {}}}
		"tool_not_open" in sqlite.deny with input as given with data.servers.sqlite.settings as settings
	}
}

test_an_opened_tool_is_neither_refused_nor_asked_about if {
	count(sqlite.deny) == 0 with input as query("select * from orders") with data.servers.sqlite.settings as settings
	count(sqlite.require_approval) == 0 with input as query("select * from orders") with data.servers.sqlite.settings as settings
}

test_a_tool_that_is_asked_about_waits_for_a_person if {
	count(sqlite.deny) == 0 with input as call("write_query", {"query": "delete from orders where id = 7"}) with data.servers.sqlite.settings as settings
	"tool_asks" in sqlite.require_approval with input as call("write_query", {"query": "delete from orders where id = 7"}) with data.servers.sqlite.settings as settings
}

test_without_its_settings_a_tool_is_refused if {
	every broken in [{}, {"tools": "open"}, {"tools": ["read_query"]}, {"tools": {"read_query": true}}] {
		"tool_not_open" in sqlite.deny with input as call("read_query", {}) with data.servers.sqlite.settings as broken
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
		not "query_not_open" in sqlite.deny with input as query(sql) with data.servers.sqlite.settings as settings
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
		"query_not_open" in sqlite.deny with input as query(sql) with data.servers.sqlite.settings as settings
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
		"query_not_open" in sqlite.deny with input as query(sql) with data.servers.sqlite.settings as settings
	}
	"query_not_open" in sqlite.deny with input as call("read_query", {}) with data.servers.sqlite.settings as settings
}

test_no_table_is_open_where_none_is_listed if {
	every tables in [{}, ["orders"], "orders", {"orders": true}] {
		"query_not_open" in sqlite.deny with input as query("select * from orders") with data.servers.sqlite.settings.tables as tables
	}
	every functions in [[], "count", {}] {
		"query_not_open" in sqlite.deny with input as query("select count(*) from orders")
			with data.servers.sqlite.settings as object.union(settings, {"functions": functions})
	}
}

test_some_tables_are_asked_about if {
	every sql in ["select * from customers", "select * from orders o join customers c on o.id = c.id"] {
		"table_asks" in sqlite.require_approval with input as query(sql) with data.servers.sqlite.settings as settings
	}
}

test_others_are_not_asked_about if {
	not "table_asks" in sqlite.require_approval with input as query("select * from orders") with data.servers.sqlite.settings as settings
}

test_a_listed_table_may_be_described if {
	every table in ["orders", "Customers"] {
		given := call("describe_table", {"table_name": table})
		not "table_not_open" in sqlite.deny with input as given with data.servers.sqlite.settings as settings
	}
}

test_another_table_may_not_be_described if {
	every table in ["salaries", "closed", "", null, 7, ["orders"]] {
		given := call("describe_table", {"table_name": table})
		"table_not_open" in sqlite.deny with input as given with data.servers.sqlite.settings as settings
	}
	"table_not_open" in sqlite.deny with input as call("describe_table", {}) with data.servers.sqlite.settings as settings
}

test_changes_of_rows_are_not_refused if {
	every given in [
		call("write_query", {"query": "INSERT INTO orders VALUES (1)"}),
		call("write_query", {"query": " update orders set a = 1"}),
		call("create_table", {"query": "create table notes (id integer)"}),
		query("select * from orders"),
	] {
		not "change_not_open" in sqlite.deny with input as given with data.servers.sqlite.settings as settings
	}
}

test_other_changes_are_refused if {
	every statement in ["attach database '/etc/x' as x", "pragma writable_schema = 1", "vacuum into '/tmp/x'", "drop table orders", "inserted", "", null, 7] {
		given := call("write_query", {"query": statement})
		"change_not_open" in sqlite.deny with input as given with data.servers.sqlite.settings as settings
	}
	"change_not_open" in sqlite.deny with input as call("write_query", {}) with data.servers.sqlite.settings as settings
	other := call("create_table", {"query": "create trigger x after insert on orders begin select 1; end"})
	"change_not_open" in sqlite.deny with input as other with data.servers.sqlite.settings as settings
}
