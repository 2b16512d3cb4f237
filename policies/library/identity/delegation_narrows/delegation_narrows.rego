package policy.identity

# METADATA
# title: Delegated agents may do less
# description: An agent that was handed a task has only the effects that are listed for delegated work.
# custom:
#   owner: library
#   reason: delegated_effect_not_allowed
#   message: >-
#     An agent that was handed this task by another may not do this. The first agent has to do it itself.
#   remediation: let_the_first_agent_do_it
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI03, OWASP-ASI07, OWASP-MCP02, EU-AI-ACT-14]
deny contains "delegation_narrows" if {
	count(input.agent.chain) > 0
	not delegation_narrows_within
}

deny contains "delegation_narrows" if not delegation_narrows_configured

delegation_narrows_within if {
	effects := data.policy.identity.library.delegation_narrows.effects
	allowed := object.get(effects, input.agent.scope, effects.default)
	every effect in input.action.effects {
		effect in allowed
	}
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
delegation_narrows_configured if {
	is_object(data.policy.identity.library.delegation_narrows.effects)
	is_array(data.policy.identity.library.delegation_narrows.effects.default)
}
