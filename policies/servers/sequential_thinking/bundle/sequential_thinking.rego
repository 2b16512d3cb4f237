package servers.sequential_thinking

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
# title: Thoughts come to an end
# description: A chain of thoughts has only so many, and each is a text of only so many characters.
# custom:
#   owner: library
#   reason: too_many_thoughts
#   message: >-
#     Come to a conclusion: this chain of thoughts is too long.
#   remediation: come_to_a_conclusion
#   severity: low
#   overridable: true
#   controls: [LLM10, OWASP-ASI08, OWASP-ASI02]
deny contains "thoughts_max" if not thought_short

# METADATA
# title: A long chain of thoughts is asked about
# description: From some thought on a person says whether the chain is to go on.
# custom:
#   owner: library
#   reason: thoughts_need_approval
#   message: A person has to agree to going on with this chain of thoughts.
#   remediation: ask_for_approval
#   severity: low
#   overridable: false
#   controls: [LLM10, OWASP-ASI08, EU-AI-ACT-14]
require_approval contains "thoughts_ask" if not thoughts_few

tool_listed if tool_access in {"open", "ask"}

tool_access := data.servers.sequential_thinking.settings.tools[input.action.tool_name] if input.action.type == "tool_call"

thought_short if {
	is_string(input.action.args.thought)
	is_number(data.servers.sequential_thinking.settings.characters_max)
	count(input.action.args.thought) <= data.servers.sequential_thinking.settings.characters_max
	number_up_to(data.servers.sequential_thinking.settings.thoughts_max)
}

thoughts_few if number_up_to(data.servers.sequential_thinking.settings.thoughts_ask_above)

number_up_to(limit) if {
	is_number(limit)
	is_number(input.action.args.thoughtNumber)
	input.action.args.thoughtNumber <= limit
}
