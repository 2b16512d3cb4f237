package policy.resource

# METADATA
# title: Arguments stay small
# description: The arguments, each text and each list among them stay within the limits of the tool.
# custom:
#   owner: library
#   reason: arguments_too_long
#   message: The arguments of this call are too long. Send less at a time.
#   remediation: send_less
#   severity: medium
#   overridable: true
#   controls: [LLM10, OWASP-ASI02, OWASP-ASI08, OWASP-MCP10]
deny contains "argument_size" if not argument_size_json_within

deny contains "argument_size" if {
	some text in input.action.args
	is_string(text)
	not argument_size_text_within(text)
}

deny contains "argument_size" if {
	some list in input.action.args
	not is_string(list)
	not argument_size_items_within(list)
}

argument_size_json_within if {
	limits := data.policy.resource.library.argument_size.json_max
	limit := object.get(limits, input.action.tool, limits.default)
	is_number(limit)
	count(json.marshal(input.action.args)) <= limit
}

argument_size_text_within(text) if {
	limits := data.policy.resource.library.argument_size.text_max
	limit := object.get(limits, input.action.tool, limits.default)
	is_number(limit)
	count(text) <= limit
}

argument_size_items_within(list) if {
	argument_size_is_collection(list)
	limits := data.policy.resource.library.argument_size.items_max
	limit := object.get(limits, input.action.tool, limits.default)
	is_number(limit)
	count(list) <= limit
}

argument_size_items_within(value) if not argument_size_is_collection(value)

argument_size_is_collection(value) if is_array(value)

argument_size_is_collection(value) if is_object(value)
