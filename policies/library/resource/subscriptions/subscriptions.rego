package policy.resource

# METADATA
# title: Subscriptions are listed
# description: >-
#   A resource is subscribed to only where it is listed for its server, and by delegated agents only where
#   that is opened.
# custom:
#   owner: library
#   reason: subscription_not_allowed
#   message: This resource may not be subscribed to. Read it when it is needed.
#   remediation: read_it_instead
#   severity: medium
#   overridable: true
#   controls: [OWASP-MCP06, OWASP-ASI06, OWASP-MCP10, LLM01]
deny contains "subscriptions" if {
	input.action.type == "resource_subscribe"
	not subscriptions_listed
}

deny contains "subscriptions" if {
	input.action.type == "resource_subscribe"
	count(input.agent.chain) > 0
	not data.policy.resource.library.subscriptions.delegated == true
}

deny contains "subscriptions" if not subscriptions_configured

subscriptions_listed if {
	input.action.target.id in data.policy.resource.library.subscriptions.resources[input.action.server]
}

subscriptions_listed if {
	some entry in data.policy.resource.library.subscriptions.resources[input.action.server]
	endswith(entry, "*")
	startswith(input.action.target.id, trim_suffix(entry, "*"))
}

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
subscriptions_configured if {
	is_object(data.policy.resource.library.subscriptions.resources)
	is_boolean(data.policy.resource.library.subscriptions.delegated)
}
