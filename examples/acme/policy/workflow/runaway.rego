package policy.workflow

# METADATA
# title: Conversations end
# description: A conversation may take only so many turns; a person should look at one that needs more.
# custom:
#   owner: agent-platform
#   reason: too_many_turns
#   message: This conversation has taken too many turns. Begin a new one, or hand it to a person.
#   remediation: start_a_new_conversation
#   appeal_path: https://tickets.example/agent-platform
#   severity: medium
#   overridable: true
deny contains "turn_limit" if {
	limits := data.policy.workflow.turns_max
	input.context.turn_count > object.get(limits, input.agent.scope, limits.default)
}

# METADATA
# title: Agents pause between tool calls
# description: An agent that calls one tool after another without reporting back has probably lost its way.
# custom:
#   owner: agent-platform
#   reason: too_many_calls_in_a_row
#   message: The agent has called too many tools in a row. It should stop and report what it has found so far.
#   remediation: report_to_the_user
#   appeal_path: https://tickets.example/agent-platform
#   severity: medium
#   overridable: true
deny contains "calls_in_a_row" if {
	limits := data.policy.workflow.calls_in_a_row_max
	input.context.tool_calls_in_a_row > object.get(limits, input.agent.scope, limits.default)
}

# METADATA
# title: The same call is not repeated for ever
# description: The very same call with the same arguments is stopped when it comes too often in one conversation.
# custom:
#   owner: agent-platform
#   reason: runaway_loop
#   message: The agent keeps making the same call. Its answer will not change; use what it said, or try something else.
#   remediation: use_the_earlier_answer
#   appeal_path: https://tickets.example/agent-platform
#   severity: high
#   overridable: true
deny contains "identical_calls" if input.context.identical_calls > data.policy.workflow.identical_calls_max

# METADATA
# title: Conversations have a budget of tokens
# description: A conversation may use only so many tokens, whether reported or estimated.
# custom:
#   owner: agent-platform
#   reason: token_budget_spent
#   message: This conversation has used up its tokens. Begin a new one with only what is still needed.
#   remediation: start_a_new_conversation
#   appeal_path: https://tickets.example/agent-platform
#   severity: medium
#   overridable: true
deny contains "token_budget" if {
	limits := data.policy.workflow.tokens_max
	input.context.cumulative_tokens > object.get(limits, input.agent.scope, limits.default)
}

# METADATA
# title: Sessions do not last for ever
# description: A session that is older than its scope's limit has to be begun anew, with the user signed in again.
# custom:
#   owner: agent-platform
#   reason: session_too_old
#   message: This session is too old. Sign in again and begin a new one.
#   remediation: start_a_new_conversation
#   appeal_path: https://tickets.example/agent-platform
#   severity: medium
#   overridable: true
#   controls: [ISO27001-A.8.5]
deny contains "session_age" if {
	limits := data.policy.workflow.age_seconds_max
	input.context.session_age_seconds > object.get(limits, input.agent.scope, limits.default)
}
