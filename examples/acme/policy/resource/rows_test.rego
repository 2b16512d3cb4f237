package policy.resource_test

import data.policy.resource

rows(tool, number) := call("support", tool, {"table": "customers", "rows": number})

test_more_rows_than_the_limit_are_denied if {
	"rows_over_limit" in resource.deny with input as rows("crm.export", 5000)
	"rows_over_limit" in resource.deny with input as rows("crm.read", 101)
}

test_rows_at_the_limit_are_not_denied if {
	count(resource.deny) == 0 with input as rows("crm.read", 100)
	count(resource.deny) == 0 with input as rows("crm.export", 500)
}

test_a_tool_without_a_limit_takes_any_number if {
	count(resource.deny) == 0 with input as rows("everything.echo", 5000)
}

test_the_suggested_number_of_rows_is_within_every_limit if {
	every tool, _ in data.policy.resource.rows.limits { count(row_denials) == 0 with input as rows(tool, 50) }
}

row_denials := {id | some id in resource.deny; startswith(id, "rows_")}

test_rows_that_are_no_number_are_denied if {
	every unusable in ["5000", "all", null, true, [20], {"min": 1}] {
		row_denials == {"rows_unusable"} with input as rows("crm.list", unusable)
	}
}

test_rows_below_one_are_denied if {
	every unusable in [0, -1, 0.5] {
		row_denials == {"rows_unusable"} with input as rows("crm.list", unusable)
	}
}

test_a_usable_number_of_rows_is_not_denied if {
	not "rows_unusable" in resource.deny with input as rows("crm.list", 1)
}

test_an_export_without_rows_is_denied if {
	"rows_missing" in resource.deny with input as call("support", "crm.export", {"table": "customers"})
}

test_an_export_with_rows_is_not_denied_as_without if {
	not "rows_missing" in resource.deny with input as rows("crm.export", 50)
}

test_a_read_without_rows_is_not_denied if {
	count(resource.deny) == 0 with input as call("support", "crm.read", {"id": 7})
}
