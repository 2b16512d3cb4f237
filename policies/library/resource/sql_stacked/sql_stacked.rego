package policy.resource

# METADATA
# title: SQL is one plain statement
# description: >-
#   SQL holds one statement and no comments. A quoted text with a semicolon or such a sign is refused too.
# custom:
#   owner: library
#   reason: sql_unusable
#   message: Give the SQL as one statement and without comments.
#   remediation: send_one_plain_select
#   severity: high
#   overridable: false
#   controls: [OWASP-MCP05, OWASP-ASI05, OWASP-ASI02]
deny contains "sql_stacked" if {
	some statement in sql_stacked_statements
	some mark in data.policy.resource.library.sql_stacked.marks
	contains(statement, mark)
}

deny contains "sql_stacked" if {
	some statement in sql_stacked_statements
	contains(trim_suffix(trim_space(statement), ";"), ";")
}

deny contains "sql_stacked" if sql_stacked_unreadable

deny contains "sql_stacked" if not sql_stacked_configured

# Every text of SQL in the call, in small letters.
sql_stacked_statements contains lower(text) if {
	some name in sql_stacked_names
	text := input.action.args[name]
	is_string(text)
}

# SQL that is missing where it has to be given, or that is no text.
sql_stacked_unreadable if {
	some name in sql_stacked_names
	value := input.action.args[name]
	not is_string(value)
}

sql_stacked_unreadable if {
	sql_stacked_concerned
	some name in data.policy.resource.library.sql_stacked.tool_arguments[input.action.tool]
	not is_string(object.get(input.action.args, name, null))
}

sql_stacked_names contains name if {
	sql_stacked_concerned
	some name in data.policy.resource.library.sql_stacked.arguments
}

sql_stacked_names contains name if {
	sql_stacked_concerned
	some name in data.policy.resource.library.sql_stacked.tool_arguments[input.action.tool]
}

sql_stacked_concerned if {
	not input.action.tool in data.policy.resource.library.sql_stacked.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
sql_stacked_configured if {
	is_array(data.policy.resource.library.sql_stacked.arguments)
	is_object(data.policy.resource.library.sql_stacked.tool_arguments)
	is_array(data.policy.resource.library.sql_stacked.exempt_tools)
	is_array(data.policy.resource.library.sql_stacked.marks)
}
