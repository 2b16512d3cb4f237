package bailiff_test

outside(given) if {
	answer := decided(given)
	answer.metadata.resolution == 4
	answer.reasons == ["outside_capabilities"]
	answer.message == "This is outside what the agent may reach."
}

capable(list, entries) := changed(world, concat("/", ["/policy/identity/capabilities", list]), entries)

test_the_server_must_be_within_reach if {
	outside(capable("servers", []))
	outside(capable("servers", ["kb"]))
	row_of(capable("servers", ["c*"])) == 7
}

test_no_server_is_within_every_reach if {
	row_of(changed(capable("servers", []), "/input/action/server", "")) == 7
}

test_the_target_must_be_within_reach if {
	outside(capable("tools", []))
	outside(capable("tools", ["crm.rea"]))
	outside(capable("tools", ["crm.read_all", "CRM.READ", "*.read"]))
	row_of(capable("tools", ["crm.read"])) == 7
	row_of(capable("tools", {"crm.r*"})) == 7
	row_of(capable("tools", ["*"])) == 7
}

test_each_kind_of_target_has_its_own_list if {
	every kind, list in {"tool": "tools", "resource": "resources", "prompt": "prompts", "model": "models"} {
		call := changed(world, "/input/action/target", {"kind": kind, "id": "file:///srv/x"})
		nothing := {name: [] | some name in ["tools", "resources", "prompts", "models", "subagents"]}
		some_reach := object.union(nothing, {"servers": ["crm"], "data_classes": ["customer_data"]})
		outside(changed(call, "/policy/identity/capabilities", some_reach))
		row_of(changed(call, "/policy/identity/capabilities", object.union(some_reach, {list: ["file:///srv/*"]}))) == 7
	}
}

test_a_subagent_must_be_within_reach if {
	outside(changed(asked, "/policy/identity/capabilities/subagents", []))
	outside(changed(asked, "/policy/identity/capabilities/subagents", ["writer"]))
	row_of(changed(asked, "/policy/identity/capabilities/subagents", ["res*"])) == 7
	row_of(asked) == 7
}

test_every_data_class_must_be_within_reach if {
	outside(capable("data_classes", []))
	outside(changed(world, "/input/action/data_classes_referenced", ["customer_data", "health"]))
	row_of(changed(capable("data_classes", []), "/input/action/data_classes_referenced", [])) == 7
}

test_missing_or_malformed_capabilities_reach_nothing if {
	outside(without(world, "/policy/identity/capabilities"))
	every capabilities in [null, true, "x", 7, [], {}] {
		outside(changed(world, "/policy/identity/capabilities", capabilities))
	}
	every entries in [null, true, "crm.read", 7, {"crm.read": true}, {"x": "crm.read"}, [null, 7, ["crm.read"]]] {
		outside(capable("tools", entries))
	}
	row_of(capable("tools", [7, null, "crm.r*"])) == 7
}

lacks(given, subjects) if {
	decided(given).metadata.failures == [{"kind": "capability_malformed", "subject": subject} | some subject in subjects]
}

test_what_the_capabilities_lack_is_named if {
	lacks(changed(world, "/policy/identity/capabilities", "x"), ["identity.capabilities"])
	lacks(changed(world, "/policy/identity/capabilities", {}), [
		"identity.capabilities.data_classes", "identity.capabilities.servers", "identity.capabilities.tools",
	])
	lacks(without(world, "/policy/identity/capabilities/tools"), ["identity.capabilities.tools"])
	lacks(capable("tools", "crm.read"), ["identity.capabilities.tools"])
}

test_only_what_the_call_needs_is_lacking if {
	call := changed(without(world, "/policy/identity/capabilities/data_classes"), "/input/action/data_classes_referenced", [])
	lacks(call, [])
	row_of(call) == 7
	lacks(capable("tools", []), [])
	lacks(without(world, "/policy/identity/capabilities"), [])
}
