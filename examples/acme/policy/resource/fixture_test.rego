package policy.resource_test

# A call of a tool by an agent of a scope.
call(scope, tool, args) := {
	"agent": {"scope": scope},
	"action": {
		"type": "tool_call", "target": {"kind": "tool", "id": tool}, "args": args,
		"server": split(tool, ".")[0], "tool": tool, "tool_name": split(tool, ".")[1],
	},
}

# A call of a server that concerns no tool, as the reading of a resource.
other_call(scope, server, type, target) := {
	"agent": {"scope": scope},
	"action": {"type": type, "target": target, "args": {}, "server": server, "tool": "", "tool_name": ""},
}
