package policy.resource_test

import data.policy.resource

blast_radius_asks_settings := {"radii": ["high"], "exempt_targets": [], "exempt_types": ["model_call"]}

blast_radius_asks_call := {"action": {"type": "tool_call", "blast_radius": "medium", "target": {"kind": "tool", "id": "db.query"}}}

test_blast_radius_asks_a_smaller_radius_does_not_ask if {
	not "blast_radius_asks" in resource.require_approval with input as blast_radius_asks_call
		with data.policy.resource.library.blast_radius_asks as blast_radius_asks_settings
}

test_blast_radius_asks_a_high_radius_asks if {
	given := object.union(blast_radius_asks_call, {"action": {"blast_radius": "high"}})
	"blast_radius_asks" in resource.require_approval with input as given
		with data.policy.resource.library.blast_radius_asks as blast_radius_asks_settings
}

test_blast_radius_asks_an_exempt_target_does_not_ask if {
	given := object.union(blast_radius_asks_call, {"action": {"blast_radius": "high"}})
	settings := {"radii": ["high"], "exempt_targets": ["db.query"], "exempt_types": ["model_call"]}
	not "blast_radius_asks" in resource.require_approval with input as given
		with data.policy.resource.library.blast_radius_asks as settings
}

test_blast_radius_asks_a_model_call_does_not_ask if {
	given := object.union(blast_radius_asks_call, {"action": {"blast_radius": "high", "type": "model_call"}})
	not "blast_radius_asks" in resource.require_approval with input as given
		with data.policy.resource.library.blast_radius_asks as blast_radius_asks_settings
}

test_blast_radius_asks_other_radii_may_be_named if {
	settings := {"radii": ["medium", "high"], "exempt_targets": [], "exempt_types": ["model_call"]}
	"blast_radius_asks" in resource.require_approval with input as blast_radius_asks_call
		with data.policy.resource.library.blast_radius_asks as settings
}

test_blast_radius_asks_holds_for_every_call_without_configuration if {
	"blast_radius_asks" in resource.require_approval with input as {}
		with data.policy.resource.library.blast_radius_asks as {}
}
