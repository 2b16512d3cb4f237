package policy.resource

# METADATA
# title: SQL is one plain statement
# description: >-
#   SQL is given as text, holds one statement and no comments. Comments and further statements are the usual way to
#   hide what a query does.
# custom:
#   owner: platform
#   reason: sql_unusable
#   message: Give the query as text, as one statement and without comments.
#   remediation: send_one_plain_select
#   severity: high
deny contains "sql_unusable" if {
	input.action.tool == "crm.query"
	not is_string(object.get(input.action.args, "sql", null))
}

deny contains "sql_unusable" if {
	some mark in ["--", "/*"]
	contains(sql, mark)
}

deny contains "sql_unusable" if {
	statement := trim_suffix(trim_space(sql), ";")
	contains(statement, ";")
}

# METADATA
# title: SQL only reads
# description: >-
#   A query begins with SELECT or WITH and nowhere has a verb that changes data, structure or settings, in any case
#   of letters. A text in quotes that has such a word is refused too: it cannot be told apart safely.
# custom:
#   owner: platform
#   reason: sql_not_read_only
#   message: This query may do more than read. Only SELECT is allowed; use the tools made for changes.
#   remediation: send_one_plain_select
#   appeal_path: https://tickets.example/platform
#   severity: critical
#   controls: [ISO27001-A.8.3]
deny contains "sql_not_read_only" if {
	text := lower(sql)
	not regex.match(`^\s*(select|with)\b`, text)
}

deny contains "sql_not_read_only" if {
	some verb in data.policy.resource.sql_verbs_that_change
	regex.match(concat("", [`\b`, verb, `\b`]), lower(sql))
}

sql := input.action.args.sql if {
	input.action.tool == "crm.query"
	is_string(input.action.args.sql)
}
