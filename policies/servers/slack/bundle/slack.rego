package servers.slack

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
# title: Only listed channels
# description: The channel of a call is listed for reading, or for writing where the tool writes.
# custom:
#   owner: library
#   reason: channel_not_open
#   message: This channel is not open for this. Use the id of one that is.
#   remediation: use_a_listed_channel
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP02, OWASP-MCP10, LLM02]
deny contains "channel_not_open" if not channel_open

# METADATA
# title: Messages call no crowd and link to listed hosts
# description: A message is a text that calls neither a whole channel nor a group, and links to listed hosts only.
# custom:
#   owner: library
#   reason: message_not_open
#   message: This message calls too many people or has a link that is not allowed.
#   remediation: change_the_message
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI09, OWASP-MCP10, LLM02]
deny contains "message_not_open" if {
	input.action.tool_name in {"slack_post_message", "slack_reply_to_thread"}
	not message_open
}

# METADATA
# title: Answers are bounded
# description: A call asks for no more entries than the configuration allows.
# custom:
#   owner: library
#   reason: too_many_entries
#   message: This asks for too much at once. Ask for less.
#   remediation: ask_for_fewer_entries
#   severity: low
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-MCP10, LLM02, EU-AI-ACT-10, GDPR-5]
deny contains "too_many_entries" if not entries_few

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.slack.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

channel_open if input.action.tool_name in data.servers.slack.settings.tools_without_channel

channel_open if {
	not writes
	input.action.args.channel_id in data.servers.slack.settings.channels.read
}

channel_open if {
	writes
	input.action.args.channel_id in data.servers.slack.settings.channels.write
}

writes if "write" in input.action.effects

message_open if {
	is_string(input.action.args.text)
	text := lower(input.action.args.text)
	every mark in ["<!", "@channel", "@here", "@everyone"] { not contains(text, mark) }
	every address in array.slice(split(text, "://"), 1, count(text)) { address_listed(address) }
}

address_listed(address) if {
	some host in data.servers.slack.settings.link_hosts
	regex.match(concat("", ["^", replace(host, ".", `\.`), `([/?#|>\s]|$)`]), address)
}

entries_few if {
	entries := object.get(input.action.args, "limit", 0)
	is_number(entries)
	is_number(data.servers.slack.settings.entries_max)
	entries <= data.servers.slack.settings.entries_max
}
