package policy.resource

# METADATA
# title: SQL only reads
# description: >-
#   A query begins with SELECT or WITH, in any case of letters. Which words it may not hold, and that it is one plain
#   statement, is said by `sql_destructive` and `sql_stacked` of the library.
# custom:
#   owner: platform
#   reason: sql_not_read_only
#   message: This query may do more than read. Only SELECT is allowed; use the tools made for changes.
#   remediation: send_one_plain_select
#   appeal_path: https://tickets.example/platform
#   severity: critical
#   controls: [ISO27001-A.8.3]
deny contains "sql_not_read_only" if {
	input.action.tool == "crm.query"
	is_string(input.action.args.sql)
	not regex.match(`^\s*(select|with)\b`, lower(input.action.args.sql))
}
