package servers.playwright

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
# title: Only listed origins
# description: An address that the browser is sent to begins with a listed origin. Going somewhere needs an address.
# custom:
#   owner: library
#   reason: origin_not_open
#   message: The browser may not go to this address. Use one of a listed origin.
#   remediation: use_a_listed_host
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP06, OWASP-MCP10, LLM02]
deny contains "origin_not_open" if {
	goes_somewhere
	not origin_listed
}

# METADATA
# title: A person is asked about this origin
# description: Going to an origin that the configuration asks about waits for a person.
# custom:
#   owner: library
#   reason: origin_needs_approval
#   message: A person has to agree to going to this address.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "origin_asks" if "ask" in origin_access

# METADATA
# title: Nothing is written to files
# description: A tool gives its result in its answer, and not into a file of the server’s machine.
# custom:
#   owner: library
#   reason: file_not_open
#   message: >-
#     Leave the name of a file out: results come in the answer.
#   remediation: correct_the_arguments
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI05, OWASP-ASI02, OWASP-MCP05]
deny contains "file_named" if object.get(input.action.args, "filename", null) != null

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.playwright.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

goes_somewhere if input.action.tool_name == "browser_navigate"

goes_somewhere if object.get(input.action.args, "url", null) != null

origin_listed if {
	count(origin_access) > 0
	every access in origin_access { access in {"open", "ask"} }
}

origin_access contains access if {
	is_string(input.action.args.url)
	some entry, access in data.servers.playwright.settings.origins
	regex.match(concat("", ["^", replace(entry, ".", `\.`), `([/?#]|$)`]), lower(input.action.args.url))
}
