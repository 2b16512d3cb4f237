# The library as it ships: every rule at once, each with the configuration of its own `data.yaml`. See docs/library.md for
# how it is run.
package policy.library_test

import data.policy.compliance
import data.policy.identity
import data.policy.resource
import data.policy.workflow

# An ordinary call, to which no rule of the library objects.
calm := {"schema": "bailiff/input/v1", "agent": {"id": "support-bot", "scope": "support", "owner_team": "cx", "version": "3.2.0", "chain": []}, "user": {"id": "mara", "kind": "human", "groups": ["support-tier-2"], "data_classifications_authorized": ["public", "internal"]}, "action": {"type": "tool_call", "phase": "request", "target": {"kind": "tool", "id": "kb.search"}, "server": "kb", "tool": "kb.search", "tool_name": "search", "model": "", "subagent": "", "provider": "acme", "region": "eu-west", "args": {"text": "refund policy", "rows": 20}, "effects": ["read"], "blast_radius": "low", "estimated_tokens": 40, "data_classes_referenced": ["public"]}, "result": null, "context": {"conversation_id": "c-81", "turn_count": 7, "cumulative_tokens": 4521, "tokens_source": "estimated", "session_age_seconds": 142, "tool_calls_in_a_row": 3, "identical_calls": 1, "recent_tools": ["kb.search"], "data_classes_seen": ["public"]}, "session": {"protocol": "mcp/2026-07-28", "transport": "http", "client_name": "claude-code", "client_version": "4.1", "auth_method": "jwt"}, "environment": {"region": "eu-west", "time": "2026-11-20T13:45:00Z", "time_s": 1795182300, "weekday": "friday", "minute_of_day": 825, "is_production": true, "flags": {"change_freeze": false}}, "usage": {"weekly": {"window": "2026-W47", "limit": 1000, "used": 10, "reserved": 0, "remaining": 990, "resets_at": "2026-11-23T00:00:00Z"}}, "approval": null}

test_nothing_is_wrong_with_an_ordinary_call if {
	identity.deny == set() with input as calm
	resource.deny == set() with input as calm
	resource.require_approval == set() with input as calm
	workflow.deny == set() with input as calm
	workflow.require_approval == set() with input as calm
	compliance.deny == set() with input as calm
	compliance.require_approval == set() with input as calm
}

test_nothing_is_granted_by_default if resource.allow == set() with input as calm

test_an_ordinary_call_has_a_time_and_a_record if {
	ids := {duty.id | some duty in (workflow.oblige | compliance.oblige)} with input as calm
	ids == {"timeout_duty", "retention"}
}

test_each_rule_of_identity_objects_to_what_it_is_for if {
	every id, part in {
		"known_clients": {"session": {"client_name": ""}},
		"sign_in": {"session": {"auth_method": "none"}},
		"agent_versions": {"agent": {"version": "unknown"}},
		"registered_agents": {"agent": {"scope": "unknown"}},
		"delegation_depth": {"agent": {"chain": ["a", "b", "c", "d"]}},
		"delegation_depth_loop": {"agent": {"chain": ["support-bot"]}},
		"delegation_narrows": {"agent": {"chain": ["a"]}, "action": {"effects": ["write"]}},
		"service_accounts": {"user": {"kind": "service"}, "action": {"effects": ["write"]}},
		"person_required": {"user": {"kind": "none"}, "action": {"effects": ["external"]}},
	} {
		id in identity.deny with input as object.union(calm, part)
	}
}

test_each_rule_of_resource_objects_to_what_it_is_for if {
	every id, part in {
		"bulk_export": {"action": {"args": {"rows": 1001}}},
		"bulk_export_unusable": {"action": {"args": {"rows": "all"}}},
		"path_traversal": {"action": {"args": {"path": "../x"}}},
		"path_traversal_unreadable": {"action": {"args": {"path": 7}}},
		"secret_paths": {"action": {"args": {"path": "app/.env"}}},
		"write_folders": {"action": {"effects": ["write"], "args": {"path": "handbook/a.md"}}},
		"sql_destructive": {"action": {"args": {"sql": "drop table t"}}},
		"sql_stacked": {"action": {"args": {"sql": "select 1; select 2"}}},
		"sql_where": {"action": {"args": {"sql": "delete from t where '1'='1'"}}},
		"shell_destructive": {"action": {"args": {"command": "rm -rf x"}}},
		"shell_pipes": {"action": {"args": {"command": "curl x | sh"}}},
		"mail_recipients": {"action": {"effects": ["external"], "args": {"to": "a@acme.example"}}},
		"recipient_count": {"action": {"effects": ["external"], "args": {"to": ["a", "b", "c", "d", "e", "f"]}}},
		"url_hosts": {"action": {"args": {"url": "https://docs.acme.example/"}}},
		"private_addresses": {"action": {"args": {"url": "http://169.254.169.254/"}}},
		"money_four_eyes_unusable": {"action": {"effects": ["write"], "args": {"amount": "100"}}},
		"refund_limit": {"action": {"tool_name": "refund", "args": {"amount_cents": 50001}}},
		"subscriptions": {"action": {"type": "resource_subscribe"}},
		"resource_schemes": {"action": {"target": {"kind": "resource", "id": "file:///etc/passwd"}}},
		"server_questions": {"action": {"type": "sampling"}},
		"elicited_secrets": {"action": {"type": "elicitation", "args": {"message": "Your password?"}}},
		"secrets_in_arguments": {"action": {"args": {"text": "AKIAABCDEFGHIJKLMNOP"}}},
		"hidden_characters": {"action": {"args": {"text": "a\u202eb"}}},
		"protected_branches": {"action": {"effects": ["write"], "args": {"branch": "main"}}},
	} {
		id in resource.deny with input as object.union(calm, part)
	}
}

test_commands_destroy_whatever_the_order_of_their_words if {
	every command in ["rm /data -rf", "git push origin +main", "git push origin :main", "truncate -s 0 /data/db"] {
		"shell_destructive" in resource.deny with input as object.union(calm, {"action": {"args": {"command": command}}})
	}
	every command in ["rm notes.txt", "git push origin main"] {
		resource.deny == set() with input as object.union(calm, {"action": {"args": {"command": command}}})
	}
}

test_each_rule_of_workflow_objects_to_what_it_is_for if {
	every id, part in {
		"calls_in_a_row": {"context": {"tool_calls_in_a_row": 51}},
		"identical_calls": {"context": {"identical_calls": 6}},
		"token_ceiling": {"context": {"cumulative_tokens": 200001}},
		"turn_ceiling": {"context": {"turn_count": 101}},
		"session_age": {"context": {"session_age_seconds": 28801}},
		"prompt_size": {"action": {"estimated_tokens": 50001}},
		"business_hours": {"action": {"effects": ["write"]}, "environment": {"minute_of_day": 1200}},
		"weekends": {"action": {"effects": ["write"]}, "environment": {"weekday": "sunday"}},
		"night_deletes": {"action": {"effects": ["destructive"]}, "environment": {"minute_of_day": 120}},
		"change_freeze": {"action": {"effects": ["destructive"]}, "environment": {"flags": {"change_freeze": true}}},
		"emergency_stop": {"environment": {"flags": {"agents_stopped": true}}},
	} {
		id in workflow.deny with input as object.union(calm, part)
	}
}

test_each_rule_of_compliance_objects_to_what_it_is_for if {
	every id, part in {
		"user_clearance": {"action": {"data_classes_referenced": ["customer_data"]}},
		"agent_clearance": {"action": {"data_classes_referenced": ["customer_data"]}},
		"models_by_class": {"action": {"type": "model_call", "model": "m"}},
		"models_by_class_unlisted": {"action": {"type": "model_call", "model": "m"}},
		"model_places": {"action": {"type": "model_call", "model": "m"}},
		"data_residency": {"action": {"data_classes_referenced": ["internal"]}},
		"cross_border": {"action": {"region": "us-east", "data_classes_referenced": ["customer_data"]}},
		"personal_data_out": {"action": {"effects": ["external"]}, "context": {"data_classes_seen": ["customer_data"]}},
		"known_classes": {"action": {"data_classes_referenced": ["new_data"]}},
		"high_risk_oversight_person": {"agent": {"scope": "recruitment"}, "user": {"kind": "none"}},
	} {
		id in compliance.deny with input as object.union(calm, part)
	}
}

test_each_rule_of_resource_asks_about_what_it_is_for if {
	every id, part in {
		"tool_shadowing_recent": {"action": {"server": "mail", "tool": "mail.send_note", "tool_name": "send_note"}, "context": {"recent_tools": ["crm.send_note"]}},
		"destructive_asks": {"action": {"effects": ["destructive"]}},
		"blast_radius_asks": {"action": {"blast_radius": "high"}},
		"production_guard_asks": {"action": {"effects": ["destructive"]}},
		"money_four_eyes": {"action": {"effects": ["write"], "args": {"amount_cents": 10001}}},
		"code_execution_asks": {"action": {"tool_name": "execute_command"}},
	} {
		id in resource.require_approval with input as object.union(calm, part)
	}
}

test_each_rule_of_workflow_asks_about_what_it_is_for if {
	every id, part in {
		"budget_share": {"usage": {"weekly": {"used": 800}}},
		"untrusted_then_write": {"action": {"effects": ["write"]}, "context": {"data_classes_seen": ["untrusted"]}},
	} {
		id in workflow.require_approval with input as object.union(calm, part)
	}
}

test_each_rule_of_compliance_asks_about_what_it_is_for if {
	every id, part in {
		"high_risk_oversight": {"agent": {"scope": "recruitment"}, "action": {"effects": ["write"]}},
	} {
		id in compliance.require_approval with input as object.union(calm, part)
	}
}

test_each_rule_of_workflow_obliges_to_what_it_is_for if {
	every id, part in {
		"timeout_duty": {},
	} {
		id in {duty.id | some duty in workflow.oblige} with input as object.union(calm, part)
	}
}

test_each_rule_of_compliance_obliges_to_what_it_is_for if {
	every id, part in {
		"mask_duty": {"action": {"data_classes_referenced": ["customer_data"]}},
		"money_audit": {"action": {"args": {"amount": 5}}},
		"retention": {},
		"notify_duty": {"action": {"blast_radius": "high"}},
		"tag_duty": {"action": {"data_classes_referenced": ["health_data"]}},
	} {
		id in {duty.id | some duty in compliance.oblige} with input as object.union(calm, part)
	}
}

test_a_text_as_long_as_a_book_is_refused if {
	book := concat("", [text | some _ in numbers.range(1, 200); text := "a text of fifty characters that is written often.\n"])
	long := concat("", [book | some _ in numbers.range(1, 11)])
	"argument_size" in resource.deny with input as object.union(calm, {"action": {"args": {"text": long}}})
}

# Whatever fires for a call that is refused with the configuration fires for an ordinary one without it.
test_without_any_configuration_every_rule_that_has_some_fires if {
	findings := {"identity": identity.deny, "resource": resource.deny, "workflow": workflow.deny, "compliance": compliance.deny} with input as calm
		with data.policy.identity.library as {}
		with data.policy.resource.library as {}
		with data.policy.workflow.library as {}
		with data.policy.compliance.library as {}
	counts := {category: count(ids) | some category, ids in findings}
	counts == {"identity": 10, "resource": 32, "workflow": 14, "compliance": 11}
	resource.allow == set() with data.policy.resource.library as {} with input as calm
}
