package policy.resource

# METADATA
# title: Row counts stay within the tool's limit
# description: >-
#   Each tool has a largest number of rows for one call. Where no number is named, the tool gives 20, which is within
#   every limit.
# custom:
#   owner: platform
#   reason: too_many_rows
#   message: This asks for more rows than one call of this tool may return. Ask for fewer, and only for what you need.
#   remediation: ask_for_fewer_rows
#   suggest:
#     - change: { action.args.rows: 50 }
#   appeal_path: https://tickets.example/platform
#   severity: medium
#   overridable: true
#   controls: [GDPR-5]
deny contains "rows_over_limit" if {
	is_number(input.action.args.rows)
	input.action.args.rows > data.policy.resource.rows.limits[input.action.tool]
}

# METADATA
# title: Row counts are counts
# description: >-
#   A number of rows is a number of at least one. Text, null or a negative number could mean "everything" to the tool.
# custom:
#   owner: platform
#   reason: rows_unusable
#   message: The number of rows has to be a number of at least 1.
#   remediation: correct_the_arguments
#   suggest:
#     - change: { action.args.rows: 20 }
#   severity: medium
deny contains "rows_unusable" if {
	data.policy.resource.rows.limits[input.action.tool]
	not is_number(object.get(input.action.args, "rows", 1))
}

deny contains "rows_unusable" if {
	data.policy.resource.rows.limits[input.action.tool]
	is_number(input.action.args.rows)
	input.action.args.rows < 1
}

# METADATA
# title: Exports name their size
# description: A tool that gives everything unless told otherwise has to be told a number of rows.
# custom:
#   owner: platform
#   reason: rows_missing
#   message: This tool returns everything unless it is given a number of rows. Say how many you need.
#   remediation: ask_for_fewer_rows
#   suggest:
#     - change: { action.args.rows: 50 }
#   severity: medium
#   overridable: true
#   controls: [GDPR-5]
deny contains "rows_missing" if {
	input.action.tool in data.policy.resource.rows.required
	object.get(input.action.args, "rows", "missing") == "missing"
}
