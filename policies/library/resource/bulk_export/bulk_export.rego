package policy.resource

# METADATA
# title: Row counts stay within the limit
# description: One call asks for at most as many rows as the tool's limit.
# custom:
#   owner: library
#   reason: too_many_rows
#   message: >-
#     This asks for more rows than one call may return. Ask for fewer, and only for what you need.
#   remediation: ask_for_fewer_rows
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP10, LLM02, EU-AI-ACT-10, GDPR-5]
deny contains "bulk_export" if {
	some name in data.policy.resource.library.bulk_export.arguments
	rows := input.action.args[name]
	is_number(rows)
	not bulk_export_within(rows)
}

deny contains "bulk_export" if not bulk_export_configured

# METADATA
# title: Row counts are counts
# description: >-
#   A number of rows is a number of at least one. Text, null or a negative number could mean everything to
#   the tool.
# custom:
#   owner: library
#   reason: rows_unusable
#   message: The number of rows has to be a number of at least 1.
#   remediation: correct_the_arguments
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-MCP10, LLM02, EU-AI-ACT-10, GDPR-5]
deny contains "bulk_export_unusable" if {
	some name in data.policy.resource.library.bulk_export.arguments
	rows := input.action.args[name]
	not bulk_export_is_count(rows)
}

deny contains "bulk_export_unusable" if not bulk_export_configured

# METADATA
# title: Exports name their size
# description: A tool that gives everything unless told otherwise has to be told a number of rows.
# custom:
#   owner: library
#   reason: rows_missing
#   message: This tool returns everything unless it is given a number of rows. Say how many you need.
#   remediation: ask_for_fewer_rows
#   severity: medium
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP10, LLM02, EU-AI-ACT-10, GDPR-5]
deny contains "bulk_export_unbounded" if {
	input.action.tool in data.policy.resource.library.bulk_export.required
	not bulk_export_bounded
}

deny contains "bulk_export_unbounded" if not bulk_export_configured

bulk_export_within(rows) if {
	limits := data.policy.resource.library.bulk_export.max
	limit := object.get(limits, input.action.tool, limits.default)
	is_number(limit)
	rows <= limit
}

bulk_export_is_count(rows) if {
	is_number(rows)
	rows >= 1
}

bulk_export_bounded if {
	some name in data.policy.resource.library.bulk_export.arguments
	is_number(input.action.args[name])
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
bulk_export_configured if {
	is_array(data.policy.resource.library.bulk_export.arguments)
	is_object(data.policy.resource.library.bulk_export.max)
	is_number(data.policy.resource.library.bulk_export.max.default)
	is_array(data.policy.resource.library.bulk_export.required)
}
