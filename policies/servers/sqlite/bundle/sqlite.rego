package servers.sqlite

# METADATA
# title: Only opened tools are called
# description: >-
#   A tool that the configuration neither opens nor asks about is refused, and so is whatever is no call of a tool:
#   resources, prompts, completions, and what the server asks of its client.
# custom:
#   owner: library
#   reason: tool_not_open
#   message: This is not open to agents here.
#   remediation: use_another_tool
#   severity: high
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "tool_not_open" if not tool_listed

# METADATA
# title: A person is asked first
# description: A call of a tool that the configuration asks about waits for a person's approval.
# custom:
#   owner: library
#   reason: tool_needs_approval
#   message: A person has to approve this first.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "tool_asks" if tool_access == "ask"

# METADATA
# title: Only listed tables are read
# description: >-
#   A query is one plain SELECT over listed tables, and calls listed functions only. What is written in another way
#   is refused, because it cannot be told apart safely.
# custom:
#   owner: library
#   reason: query_not_open
#   message: Send one plain SELECT over tables that are open, without subqueries, comments or quoted names.
#   remediation: send_one_plain_select
#   severity: critical
#   overridable: true
#   controls: [OWASP-MCP05, OWASP-ASI05, OWASP-ASI02, OWASP-MCP02, LLM06]
deny contains "query_not_open" if {
	input.action.tool_name == "read_query"
	not tables_listed
}

# METADATA
# title: A person is asked about this table
# description: Reading a table that the configuration asks about waits for a person.
# custom:
#   owner: library
#   reason: table_needs_approval
#   message: A person has to agree to reading this table.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "table_asks" if {
	input.action.tool_name == "read_query"
	"ask" in table_access
}

# METADATA
# title: Only listed tables are described
# description: The table whose columns are asked for is listed.
# custom:
#   owner: library
#   reason: table_not_open
#   message: This table is not open to agents.
#   remediation: use_a_listed_table
#   severity: low
#   overridable: true
#   controls: [OWASP-MCP02, OWASP-ASI02]
deny contains "table_not_open" if {
	input.action.tool_name == "describe_table"
	not described_listed
}

# METADATA
# title: Changes are of rows
# description: >-
#   What is sent to be changed begins with INSERT, UPDATE or DELETE; a new table with CREATE TABLE. The server
#   itself would also attach files and change its settings.
# custom:
#   owner: library
#   reason: change_not_open
#   message: Send one statement that begins with INSERT, UPDATE or DELETE, or CREATE TABLE to make a table.
#   remediation: correct_the_arguments
#   severity: critical
#   overridable: false
#   controls: [OWASP-MCP05, OWASP-ASI05, OWASP-ASI02, LLM06]
deny contains "change_not_open" if {
	some words in object.get(beginnings, input.action.tool_name, [])
	not statement_begins(words)
}

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.sqlite.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

described_listed if {
	is_string(input.action.args.table_name)
	data.servers.sqlite.settings.tables[lower(input.action.args.table_name)] in {"open", "ask"}
}

beginnings := {"write_query": [`insert\s|update\s|delete\s`], "create_table": [`create\s+table\s`]}

statement_begins(words) if regex.match(concat("", [`^(?:`, words, `)`]), statement)

tables_listed if {
	statement_flat
	count(table_access) > 0
	every access in table_access { access in {"open", "ask"} }
	every function in functions { function in data.servers.sqlite.settings.functions }
}

# What becomes of each table that the statement reads. One that is not listed is refused.
table_access contains object.get(data.servers.sqlite.settings.tables, table, "refused") if {
	some clause in regex.find_n(`\bfrom\s[a-z0-9_.=\s]*?(?:\s(?:where|group|having|order|limit)(?:[\s(]|$)|$)`, statement, 1)
	some found in regex.find_n(`\b(?:from|join)\s+[a-z0-9_.]+`, clause, -1)
	table := regex.replace(found, `^(?:from|join)\s+`, "")
}

statement := trim_space(trim_suffix(trim_space(lower(input.action.args.query)), ";")) if is_string(input.action.args.query)

# One SELECT with one FROM and nothing in it that could hide another: what is written otherwise is not judged but refused.
# Some databases take `1from` for a number and a FROM.
statement_flat if {
	regex.match(`^select\s`, statement)
	count(regex.find_n(`\b(?:select|from)\b`, statement, -1)) == 2
	not regex.match(`\b(?:union|intersect|except|with|into|table|values|lateral)\b`, statement)
	not regex.match(`\s\.|\.\s|\b[0-9]+[a-z_]|[\x00-\x08\x0b\x0c\x0e-\x1f]`, statement)
	every mark in [";", "--", "/*", "\"", "`", "[", "$", "\\"] { not contains(statement, mark) }
}

functions contains name if {
	some found in regex.find_n(`[^\s(),=<>+*/|!~:-]+\s*\(`, statement, -1)
	name := trim_right(found, "( \t\n\f\r")
	not name in {"and", "as", "between", "by", "else", "filter", "in", "like", "not", "on", "or", "over", "then", "when", "where"}
}
