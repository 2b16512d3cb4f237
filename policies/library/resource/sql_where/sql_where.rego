package policy.resource

# METADATA
# title: Changes of rows say which
# description: SQL with a verb that changes rows has a WHERE, and none that is always true.
# custom:
#   owner: library
#   reason: sql_without_where
#   message: This would change every row. Say which rows are meant.
#   remediation: say_which_rows
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI08, LLM06, EU-AI-ACT-15]
deny contains "sql_where" if {
	some statement in sql_where_statements
	some verb in data.policy.resource.library.sql_where.verbs
	regex.match(concat("", [`\b`, verb, `\b`]), statement)
	not regex.match(`\bwhere\b`, statement)
}

deny contains "sql_where" if {
	some statement in sql_where_statements
	some pattern in data.policy.resource.library.sql_where.always_true
	regex.match(pattern, statement)
}

deny contains "sql_where" if sql_where_unreadable

deny contains "sql_where" if not sql_where_configured

# Every text of SQL in the call, in small letters.
sql_where_statements contains lower(text) if {
	some name in sql_where_names
	text := input.action.args[name]
	is_string(text)
}

# SQL that is missing where it has to be given, or that is no text.
sql_where_unreadable if {
	some name in sql_where_names
	value := input.action.args[name]
	not is_string(value)
}

sql_where_unreadable if {
	sql_where_concerned
	some name in data.policy.resource.library.sql_where.tool_arguments[input.action.tool]
	not is_string(object.get(input.action.args, name, null))
}

sql_where_names contains name if {
	sql_where_concerned
	some name in data.policy.resource.library.sql_where.arguments
}

sql_where_names contains name if {
	sql_where_concerned
	some name in data.policy.resource.library.sql_where.tool_arguments[input.action.tool]
}

sql_where_concerned if not input.action.tool in data.policy.resource.library.sql_where.exempt_tools

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
sql_where_configured if {
	is_array(data.policy.resource.library.sql_where.arguments)
	is_object(data.policy.resource.library.sql_where.tool_arguments)
	is_array(data.policy.resource.library.sql_where.exempt_tools)
	is_array(data.policy.resource.library.sql_where.verbs)
	is_array(data.policy.resource.library.sql_where.always_true)
}
