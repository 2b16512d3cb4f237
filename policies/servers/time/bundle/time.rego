package servers.time

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
# title: Time zones are names
# description: A time zone is given as the time zone database names it, not as a path.
# custom:
#   owner: library
#   reason: zone_unusable
#   message: Name the time zone as in Europe/Paris or UTC.
#   remediation: correct_the_arguments
#   severity: low
#   overridable: false
#   controls: [OWASP-MCP05, OWASP-ASI02]
deny contains "zone_unusable" if {
	some name in object.get({"convert_time": ["source_timezone", "target_timezone"]}, input.action.tool_name, ["timezone"])
	not zone_usable(object.get(input.action.args, name, null))
}

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.time.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

zone_usable(zone) if {
	is_string(zone)
	regex.match(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}$`, zone)
}
