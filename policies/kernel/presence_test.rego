package bailiff_test

failures(given) := {sprintf("%s %s", [failure.kind, failure.subject]) |
	some failure in decided(given).metadata.failures
}

refused_for(given, failure) if {
	answer := decided(given)
	answer.outcome == "deny"
	answer.metadata.resolution == 1
	answer.reasons == ["policy_unavailable"]
	failure in failures(given)
}

test_every_field_of_the_input_must_be_there if {
	every section, fields in data.bailiff.sections {
		refused_for(without(world, concat("/", ["/input", section])), concat(" ", ["input_invalid", concat(".", [section, object.keys(fields)[_]])]))
		every field, _ in fields {
			path := concat("/", ["/input", section, field])
			refused_for(without(world, path), sprintf("input_invalid %s.%s", [section, field]))
			refused_for(changed(world, path, null), sprintf("input_invalid %s.%s", [section, field]))
		}
	}
	every field in ["usage", "result", "approval"] {
		refused_for(without(world, concat("/", ["/input", field])), sprintf("input_invalid %s", [field]))
	}
	refused_for(without(world, "/input/schema"), "input_invalid schema")
}

test_every_field_of_the_input_must_be_of_its_type if {
	every path, value in {
		"agent.id": 7, "agent.chain": "x", "user.groups": {}, "action.args": [], "environment.is_production": "yes",
		"environment.time_s": "1", "context.turn_count": true, "session.protocol": ["x"],
	} {
		refused_for(
			changed(world, concat("/", ["/input", replace(path, ".", "/")]), value),
			concat(" ", ["input_invalid", path]),
		)
	}
	every path in ["agent.chain", "user.groups", "action.data_classes_referenced", "context.data_classes_seen"] {
		refused_for(
			changed(world, concat("/", ["/input", replace(path, ".", "/")]), [null]),
			concat(" ", ["input_invalid", path]),
		)
	}
}

test_an_input_that_is_no_object_is_refused if {
	every value in [null, true, 7, "x", [], ["x"], {}] {
		answer := decided(changed(world, "/input", value))
		answer.metadata.resolution == 1
		answer.metadata.matched_rules == []
	}
	refused_for(changed(world, "/input", 7), "input_invalid input")
}

test_another_schema_is_refused if {
	refused_for(changed(world, "/input/schema", "bailiff/input/v2"), "input_invalid schema")
}

test_a_target_must_be_something_that_can_be_acted_on if {
	every target in [{}, {"kind": "tool"}, {"kind": "tool", "id": ""}, {"kind": "tool", "id": 7}, {"kind": "planet", "id": "x"}] {
		refused_for(changed(world, "/input/action/target", target), "input_invalid action.target")
	}
}

test_words_of_the_input_must_be_known if {
	every path, value in {
		"action.phase": "requst", "action.type": "toolcall", "action.blast_radius": "", "user.kind": "robot",
		"context.tokens_source": "guessed", "session.transport": "HTTP", "session.auth_method": "password",
		"environment.weekday": "Sunday",
	} {
		refused_for(
			changed(world, concat("/", ["/input", replace(path, ".", "/")]), value),
			concat(" ", ["input_invalid", path]),
		)
	}
	every section, fields in data.bailiff.words {
		every field, known in fields {
			every word in known {
				row_of(changed(world, concat("/", ["/input", section, field]), word)) == 7
			}
		}
	}
}

test_effects_must_be_known if {
	refused_for(changed(world, "/input/action/effects", ["read", "delete"]), "input_invalid action.effects")
	row_of(changed(world, "/input/action/effects", [])) == 7
	row_of(changed(world, "/input/action/effects", ["read", "write", "destructive", "external"])) == 7
}

test_flags_usage_and_approval_must_be_whole if {
	refused_for(changed(world, "/input/environment/flags", {"change_freeze": null}), "input_invalid environment.flags")
	refused_for(changed(world, "/input/usage", {"weekly": {"limit": 1}}), "input_invalid usage.weekly")
	refused_for(changed(world, "/input/usage", {"weekly": null}), "input_invalid usage.weekly")
	refused_for(changed(world, "/input/approval", {"id": "a"}), "input_invalid approval.rules")
	refused_for(changed(world, "/input/approval", {"rules": [7]}), "input_invalid approval.rules")
	refused_for(changed(world, "/input/approval", true), "input_invalid approval")
	budget := {
		"window": "2026-W47", "limit": 10, "used": 1, "reserved": 0, "remaining": 9,
		"resets_at": "2026-11-23T00:00:00Z",
	}
	row_of(changed(world, "/input/usage", {"weekly": budget})) == 7
	row_of(changed(world, "/input/result", {"bytes": 1, "content_type": "", "text": "", "structured": null})) == 7
}

test_no_rule_is_heard_on_an_input_that_is_not_whole if {
	answer := decided(without(says(world, compliance, "deny", "residency"), "/input/usage"))
	answer.metadata.matched_rules == []
	answer.metadata.rules == []
}

test_no_duty_is_heard_on_an_input_that_is_not_whole if {
	given := obliges(world, workflow, "keep", {"kind": "audit", "level": "full", "retention_days": 400})
	decided(given).metadata.audit.retention_days == 400
	decided(without(given, "/input/usage")).metadata.audit.retention_days == 180
}

test_a_required_bundle_that_is_missing_is_a_denial if {
	every name in ["identity", "resource", "compliance"] {
		refused_for(without(world, concat("/", ["/release/bundles", name])), concat(" ", ["bundle_missing", name]))
	}
}

test_the_answer_names_the_bundles_that_speak_for_the_call if {
	categories := {"identity": "1.0.0+a", "resource": "1.0.0+b", "workflow": "1.0.0+c", "compliance": "1.0.0+d", "overrides": "1.0.0+e"}
	own := object.union(categories, {"teams/cx/workflow": "1.0.0+h"})
	decided(world).metadata.bundles == object.union(own, {"servers/crm": "1.0.0+f"})
	decided(changed(world, "/input/action/server", "")).metadata.bundles == own
	decided(changed(world, "/input/agent/owner_team", "ops")).metadata.bundles == object.union(categories, {"servers/crm": "1.0.0+f"})
	decided(without(world, "/input/action/server")).metadata.bundles == own
	decided(changed(world, "/input/action/subagent", "researcher")).metadata.bundles["subagents/researcher"] == "1.0.0+g"
}

test_a_revision_that_cannot_be_quoted_is_refused_where_its_bundle_speaks if {
	given := changed(world, "/release/bundles/servers~1crm", 7)
	refused_for(given, "release_invalid bundles")
	decided(given).metadata.bundles == {}
	row_of(object.union(world, {"release": {"bundles": {"servers/kb": 7}}})) == 7
}

test_a_bundle_that_is_not_required_may_be_missing if {
	row_of(without(world, "/release/bundles/workflow")) == 7
}

test_an_empty_bundle_is_no_opinion if {
	row_of(object.union(world, {"policy": {"compliance": {"catalogue": {}}}})) == 7
}

test_a_server_that_requires_a_bundle_has_it_or_is_refused if {
	refused_for(without(world, "/release/bundles/servers~1crm"), "bundle_missing servers/crm")
	refused_for(
		changed(without(world, "/release/bundles/servers~1crm"), "/release/servers/crm", {}),
		"bundle_missing servers/crm",
	)
}

test_a_server_may_be_governed_by_the_categories_alone if {
	row_of(changed(world, "/input/action/server", "kb")) == 7
}

test_an_unregistered_server_is_refused if {
	refused_for(changed(world, "/input/action/server", "ghost"), "server_unregistered servers/ghost")
	row_of(changed(world, "/input/action/server", "")) == 7
}

test_an_unregistered_or_missing_subagent_is_refused if {
	refused_for(changed(world, "/input/action/subagent", "ghost"), "subagent_unregistered subagents/ghost")
	call := changed(world, "/input/action/subagent", "researcher")
	row_of(call) == 7
	refused_for(without(call, "/release/bundles/subagents~1researcher"), "bundle_missing subagents/researcher")
}

test_a_subagent_is_named_as_what_it_is_acted_on if {
	every named in ["", "writer", "Researcher"] {
		refused_for(changed(asked, "/input/action/subagent", named), "input_invalid action.subagent")
	}
	row_of(asked) == 7
}

test_versions_of_agents_are_lists_of_texts if {
	every agents in ["3.2.0", ["3.2.0"], 7, {"support-bot": "3.2.0"}, {"support-bot": [3]}, {"support-bot": null}, {"support-bot": false}] {
		refused_for(released(agents), "release_invalid agents")
	}
	row_of(released({"support-bot": ["3.2.0"]})) == 7
}

released(agents) := object.union(world, {"release": {"agents": agents}})

test_a_teams_registered_part_must_be_there if {
	refused_for(without(world, "/release/bundles/teams~1cx~1workflow"), "bundle_missing teams/cx/workflow")
	row_of(changed(without(world, "/release/bundles/teams~1cx~1workflow"), "/input/agent/owner_team", "ops")) == 7
}

test_a_teams_bundle_that_is_not_registered_is_refused if {
	refused_for(without(world, "/release/teams/cx"), "release_invalid teams/cx/workflow")
}

test_a_category_that_is_held_or_required_is_heard if {
	refused_for(changed(world, "/release/categories", ["identity", "resource"]), "release_invalid categories")
	held := changed(world, "/release/required", [])
	refused_for(changed(held, "/release/categories", ["identity", "resource"]), "release_invalid categories")
	refused_for(changed(world, "/release/categories", ["astrology"]), "release_invalid categories")
	refused_for(without(world, "/release/categories"), "release_invalid categories")
}

test_a_release_that_is_not_whole_is_refused if {
	every path, value in {
		"policy_version": "", "bundles": {"identity": 7}, "required": [7], "audit": {"level": "none"},
	} {
		refused_for(changed(world, concat("/", ["/release", path]), value), concat(" ", ["release_invalid", path]))
		refused_for(without(world, concat("/", ["/release", path])), concat(" ", ["release_invalid", path]))
	}
	answer := decided(changed(world, "/release", {}))
	answer.metadata.resolution == 1
	answer.metadata.policy_version == "unknown"
	answer.metadata.bundles == {}
	answer.metadata.audit == {"level": "basic", "retention_days": 180, "controls": []}
}
