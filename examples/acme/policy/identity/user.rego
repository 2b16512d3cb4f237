package policy.identity

# METADATA
# title: User is known
# description: A user whom the directory does not list may not act through an agent.
# custom:
#   owner: identity-team
#   reason: user_unknown
#   message: This user is not in Acme's directory, so no agent may act on the user's behalf.
#   remediation: sign_in_as_a_known_user
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.16]
deny contains "user_unknown" if {
	input.user.kind != "none"
	not data.policy.identity.users[input.user.id]
}

# METADATA
# title: User is not disabled
# description: A user who was switched off in the directory may not act through an agent.
# custom:
#   owner: identity-team
#   reason: user_disabled
#   message: This user's account is disabled, so no agent may act on the user's behalf.
#   remediation: ask_identity_to_reactivate_the_account
#   appeal_path: https://tickets.example/identity
#   severity: critical
#   controls: [ISO27001-A.5.18]
deny contains "user_disabled" if data.policy.identity.users[input.user.id].status == "disabled"

# METADATA
# title: Interactive agents act for a person
# description: An agent that talks with people acts only on behalf of somebody.
# custom:
#   owner: identity-team
#   reason: user_missing
#   message: This agent works with people and its credential names no user. Sign in, so that it acts for you.
#   remediation: sign_in_as_a_known_user
#   appeal_path: https://tickets.example/identity
#   severity: high
#   controls: [ISO27001-A.8.2]
deny contains "user_missing" if {
	input.user.kind == "none"
	input.agent.scope in data.policy.identity.interactive_scopes
}

# METADATA
# title: Service accounts drive batch agents only
# description: A service account is no person and may not drive an agent that is meant to talk with one.
# custom:
#   owner: identity-team
#   reason: service_account_interactive
#   message: A service account may not drive an agent that works with people. Use a batch agent instead.
#   remediation: use_a_batch_agent
#   appeal_path: https://tickets.example/identity
#   severity: high
#   controls: [ISO27001-A.8.2]
deny contains "service_account_interactive" if interactive_service_account

# METADATA
# title: User may drive the agent
# description: >-
#   The agents of a scope are driven by members of the groups that the directory names for it. Service accounts of
#   interactive agents have a rule of their own.
# custom:
#   owner: identity-team
#   reason: user_may_not_drive_agent
#   message: This user's groups may not use this agent. The agent's owner team can say who may.
#   remediation: ask_the_agents_owner_team_for_access
#   appeal_path: https://tickets.example/identity
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.5.15]
deny contains "user_may_not_drive_agent" if {
	data.policy.identity.users[input.user.id].status == "active"
	data.policy.identity.agents[input.agent.id].status == "active"
	not drives_agent
	not interactive_service_account
}

# METADATA
# title: Agent and user may act
# description: A registered, active agent acts for a known, active user of a group that may drive it.
# custom:
#   owner: identity-team
#   reason: agent_in_scope
#   message: The agent is registered and the user may drive it.
allow contains "agent_in_scope" if {
	data.policy.identity.agents[input.agent.id].status == "active"
	data.policy.identity.users[input.user.id].status == "active"
	drives_agent
}

drives_agent if {
	some group in input.user.groups
	group in data.policy.identity.drivers[input.agent.scope]
}

interactive_service_account if {
	input.user.kind == "service"
	input.agent.scope in data.policy.identity.interactive_scopes
}
