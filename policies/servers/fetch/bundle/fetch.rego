package servers.fetch

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
# title: Only listed hosts
# description: The URL begins with https and a listed host, without a user or another port.
# custom:
#   owner: library
#   reason: host_not_open
#   message: Pages of this host may not be fetched. Use an https address of a listed host.
#   remediation: use_a_listed_host
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP06, OWASP-MCP10, LLM02]
deny contains "host_not_open" if not host_listed

# METADATA
# title: A person is asked about this host
# description: Pages of a host that the configuration asks about wait for a person.
# custom:
#   owner: library
#   reason: host_needs_approval
#   message: A person has to agree to fetching a page of this host.
#   remediation: ask_for_approval
#   severity: medium
#   overridable: false
#   controls: [OWASP-ASI02, OWASP-ASI09, LLM06, EU-AI-ACT-14]
require_approval contains "host_asks" if "ask" in host_access

# METADATA
# title: Pages come in pieces
# description: A call asks for no more characters than the configuration allows.
# custom:
#   owner: library
#   reason: page_too_long
#   message: This asks for too much of the page at once. Ask for fewer characters.
#   remediation: ask_for_fewer_characters
#   severity: low
#   overridable: true
#   controls: [LLM10, OWASP-ASI02, OWASP-ASI08, OWASP-MCP10]
deny contains "page_too_long" if not length_open

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.fetch.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

host_listed if {
	count(host_access) > 0
	every access in host_access { access in {"open", "ask"} }
}

host_access contains access if {
	some entry, access in data.servers.fetch.settings.hosts
	host_matches(entry)
}

host_matches(entry) if {
	not startswith(entry, "*.")
	regex.match(concat("", [`^https://`, replace(entry, ".", `\.`), `(:443)?([/?#]|$)`]), url)
}

host_matches(entry) if {
	startswith(entry, "*.")
	below := replace(trim_prefix(entry, "*"), ".", `\.`)
	regex.match(concat("", [`^https://[a-z0-9-]+(\.[a-z0-9-]+)*`, below, `(:443)?([/?#]|$)`]), url)
}

url := lower(input.action.args.url) if is_string(input.action.args.url)

length_open if {
	length := object.get(input.action.args, "max_length", 0)
	is_number(length)
	is_number(data.servers.fetch.settings.characters_max)
	length <= data.servers.fetch.settings.characters_max
}
