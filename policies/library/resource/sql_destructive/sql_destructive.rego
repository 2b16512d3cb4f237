package policy.resource

# METADATA
# title: SQL does not destroy
# description: >-
#   SQL holds none of the words that destroy, reconfigure or reach out of the database. A quoted text with
#   such a word is refused too, because it cannot be told apart safely.
# custom:
#   owner: library
#   reason: sql_destructive
#   message: >-
#     This SQL may destroy or reconfigure the database. Use a tool made for that, or ask its owner.
#   remediation: send_one_plain_select
#   severity: critical
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI05, OWASP-MCP05, LLM06, EU-AI-ACT-15]
deny contains "sql_destructive" if {
	some statement in sql_destructive_statements
	some word in data.policy.resource.library.sql_destructive.words
	regex.match(concat("", [`\b`, replace(word, " ", `\s+`), `\b`]), statement)
}

deny contains "sql_destructive" if sql_destructive_unreadable

deny contains "sql_destructive" if not sql_destructive_configured

# Every text of SQL in the call, in small letters.
sql_destructive_statements contains lower(text) if {
	some name in sql_destructive_names
	text := input.action.args[name]
	is_string(text)
}

# SQL that is missing where it has to be given, or that is no text.
sql_destructive_unreadable if {
	some name in sql_destructive_names
	value := input.action.args[name]
	not is_string(value)
}

sql_destructive_unreadable if {
	sql_destructive_concerned
	some name in data.policy.resource.library.sql_destructive.tool_arguments[input.action.tool]
	not is_string(object.get(input.action.args, name, null))
}

sql_destructive_names contains name if {
	sql_destructive_concerned
	some name in data.policy.resource.library.sql_destructive.arguments
}

sql_destructive_names contains name if {
	sql_destructive_concerned
	some name in data.policy.resource.library.sql_destructive.tool_arguments[input.action.tool]
}

sql_destructive_concerned if {
	not input.action.tool in data.policy.resource.library.sql_destructive.exempt_tools
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
sql_destructive_configured if {
	is_array(data.policy.resource.library.sql_destructive.arguments)
	is_object(data.policy.resource.library.sql_destructive.tool_arguments)
	is_array(data.policy.resource.library.sql_destructive.exempt_tools)
	is_array(data.policy.resource.library.sql_destructive.words)
}
