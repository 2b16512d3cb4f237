package policy.resource_test

import data.policy.resource

bulk_export_settings := {"arguments": ["rows", "limit"], "max": {"default": 1000, "crm.read": 100}, "required": []}

bulk_export_call := {"action": {"tool": "crm.export", "args": {}}}

test_bulk_export_rows_at_the_limit_are_not_denied if {
	every part in [
		{"action": {"args": {"rows": 1000}}},
		{"action": {"args": {"limit": 1}}},
		{"action": {"args": {}}},
		{"action": {"args": {"depth": 5000}}},
		{"action": {"tool": "crm.read", "args": {"rows": 100}}},
	] {
		not "bulk_export" in resource.deny with input as object.union(bulk_export_call, part)
			with data.policy.resource.library.bulk_export as bulk_export_settings
	}
}

test_bulk_export_more_rows_are_denied if {
	every part in [
		{"action": {"args": {"rows": 1001}}},
		{"action": {"args": {"rows": 5, "limit": 1001}}},
		{"action": {"tool": "crm.read", "args": {"rows": 101}}},
		{"action": {"args": {"rows": 1e+30}}},
	] {
		"bulk_export" in resource.deny with input as object.union(bulk_export_call, part)
			with data.policy.resource.library.bulk_export as bulk_export_settings
	}
}

test_bulk_export_a_limit_that_is_no_number_is_none if {
	given := object.union(bulk_export_call, {"action": {"args": {"rows": 1}}})
	settings := {"arguments": ["rows", "limit"], "max": {"default": "all"}, "required": []}
	"bulk_export" in resource.deny with input as given
		with data.policy.resource.library.bulk_export as settings
}

test_bulk_export_what_is_no_count_is_denied if {
	every part in [
		{"action": {"args": {"rows": "all"}}},
		{"action": {"args": {"rows": null}}},
		{"action": {"args": {"rows": 0}}},
		{"action": {"args": {"rows": -1}}},
		{"action": {"args": {"limit": [5]}}},
		{"action": {"args": {"rows": "5000"}}},
	] {
		"bulk_export_unusable" in resource.deny with input as object.union(bulk_export_call, part)
			with data.policy.resource.library.bulk_export as bulk_export_settings
	}
}

test_bulk_export_a_count_is_not_denied_as_unusable if {
	every part in [
		{"action": {"args": {"rows": 1}}},
		{"action": {"args": {}}},
	] {
		not "bulk_export_unusable" in resource.deny with input as object.union(bulk_export_call, part)
			with data.policy.resource.library.bulk_export as bulk_export_settings
	}
}

test_bulk_export_a_missing_count_is_denied_where_required if {
	settings := {"arguments": ["rows", "limit"], "max": {"default": 1000, "crm.read": 100}, "required": ["crm.export"]}
	"bulk_export_unbounded" in resource.deny with input as bulk_export_call
		with data.policy.resource.library.bulk_export as settings
}

test_bulk_export_a_count_is_enough_where_required if {
	given := object.union(bulk_export_call, {"action": {"args": {"limit": 5}}})
	settings := {"arguments": ["rows", "limit"], "max": {"default": 1000, "crm.read": 100}, "required": ["crm.export"]}
	not "bulk_export_unbounded" in resource.deny with input as given
		with data.policy.resource.library.bulk_export as settings
}

test_bulk_export_a_text_is_no_bound if {
	given := object.union(bulk_export_call, {"action": {"args": {"limit": "all"}}})
	settings := {"arguments": ["rows", "limit"], "max": {"default": 1000, "crm.read": 100}, "required": ["crm.export"]}
	"bulk_export_unbounded" in resource.deny with input as given
		with data.policy.resource.library.bulk_export as settings
}

test_bulk_export_other_tools_need_none if {
	settings := {"arguments": ["rows", "limit"], "max": {"default": 1000, "crm.read": 100}, "required": ["crm.list"]}
	not "bulk_export_unbounded" in resource.deny with input as bulk_export_call
		with data.policy.resource.library.bulk_export as settings
}

test_bulk_export_holds_for_every_call_without_configuration if {
	"bulk_export" in resource.deny with input as {}
		with data.policy.resource.library.bulk_export as {}
}

test_bulk_export_unusable_holds_for_every_call_without_configuration if {
	"bulk_export_unusable" in resource.deny with input as {}
		with data.policy.resource.library.bulk_export as {}
}

test_bulk_export_unbounded_holds_for_every_call_without_configuration if {
	"bulk_export_unbounded" in resource.deny with input as {}
		with data.policy.resource.library.bulk_export as {}
}
