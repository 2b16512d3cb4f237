package policy.resource

# METADATA
# title: Data source is open to the agent's scope
# description: >-
#   Tools that read from a named data source may only be pointed at those that are open to the agent's scope. A call
#   that names none is refused.
# custom:
#   owner: platform
#   reason: data_source_not_open
#   message: This data source is not open to this agent, or the call does not name one.
#   remediation: use_an_open_data_source
#   appeal_path: https://tickets.example/platform
#   severity: high
#   overridable: true
#   controls: [ISO27001-A.5.15]
deny contains "data_source_not_open" if {
	argument := data.policy.resource.data_sources.arguments[input.action.tool]
	not object.get(input.action.args, argument, "") in open_sources
}

open_sources := object.get(data.policy.resource.data_sources.open, input.agent.scope, [])
