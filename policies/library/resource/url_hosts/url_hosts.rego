package policy.resource

# METADATA
# title: Only listed hosts are called
# description: A URL among the arguments begins with https and a listed host.
# custom:
#   owner: library
#   reason: url_not_allowed
#   message: This address is not one that may be called. Use https and a listed host.
#   remediation: use_a_listed_host
#   severity: high
#   overridable: true
#   controls: [OWASP-ASI02, OWASP-ASI01, OWASP-MCP06, OWASP-MCP10, LLM02]
deny contains "url_hosts" if {
	some address in url_hosts_texts
	not url_hosts_listed(lower(address))
}

deny contains "url_hosts" if url_hosts_unreadable

deny contains "url_hosts" if not url_hosts_configured

# Texts of the arguments that the configuration names, alone or in a list.
url_hosts_texts contains text if {
	url_hosts_concerned
	some name in data.policy.resource.library.url_hosts.arguments
	text := input.action.args[name]
	is_string(text)
}

url_hosts_texts contains text if {
	url_hosts_concerned
	some name in data.policy.resource.library.url_hosts.arguments
	some text in input.action.args[name]
	is_string(text)
}

# An argument of such a name that is neither a text nor a list of texts cannot be judged.
url_hosts_unreadable if {
	url_hosts_concerned
	some name in data.policy.resource.library.url_hosts.arguments
	value := input.action.args[name]
	not is_string(value)
	not is_array(value)
}

url_hosts_unreadable if {
	url_hosts_concerned
	some name in data.policy.resource.library.url_hosts.arguments
	some element in input.action.args[name]
	not is_string(element)
}

url_hosts_listed(address) if {
	some host in data.policy.resource.library.url_hosts.hosts
	address == concat("", ["https://", host])
}

url_hosts_listed(address) if {
	some host in data.policy.resource.library.url_hosts.hosts
	some sign in ["/", "?", "#", ":443/"]
	startswith(address, concat("", ["https://", host, sign]))
}

url_hosts_listed(address) if {
	some domain in data.policy.resource.library.url_hosts.domains
	escaped := replace(domain, ".", `\.`)
	regex.match(concat("", [`^https://([a-z0-9-]+\.)*`, escaped, `(:443)?([/?#]|$)`]), address)
}

url_hosts_concerned if not input.action.tool in data.policy.resource.library.url_hosts.exempt_tools

# Whether the configuration is there and of the right shape; where it is not, the rule holds for every call.
url_hosts_configured if {
	is_array(data.policy.resource.library.url_hosts.arguments)
	is_array(data.policy.resource.library.url_hosts.hosts)
	is_array(data.policy.resource.library.url_hosts.domains)
	is_array(data.policy.resource.library.url_hosts.exempt_tools)
}
