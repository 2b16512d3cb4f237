package policy.resource_test

import data.policy.resource

rows(tool, number) := call("support", tool, {"table": "customers", "rows": number})

row_denials := {id | some id in resource.deny; startswith(id, "bulk_export")}

test_more_rows_than_the_limit_are_denied if {
	row_denials == {"bulk_export"} with input as rows("crm.export", 501)
	row_denials == {"bulk_export"} with input as rows("crm.read", 101)
	row_denials == {"bulk_export"} with input as rows("crm.search", 51)
}

test_rows_at_the_limit_are_not_denied if {
	count(resource.deny) == 0 with input as rows("crm.read", 100)
	count(resource.deny) == 0 with input as rows("crm.export", 500)
}

test_a_tool_that_is_not_listed_has_the_usual_limit if {
	row_denials == {"bulk_export"} with input as rows("everything.echo", 101)
	count(resource.deny) == 0 with input as rows("everything.echo", 100)
}

test_the_suggested_number_of_rows_is_within_every_limit if {
	every _, limit in data.policy.resource.library.bulk_export.max { limit >= 50 }
	count(resource.deny) == 0 with input as rows("crm.export", 50)
}

test_rows_that_are_no_count_are_denied if {
	every unusable in ["5000", "all", null, true, [20], {"min": 1}, 0, -1, 0.5] {
		row_denials == {"bulk_export_unusable"} with input as rows("crm.list", unusable)
	}
}

test_only_rows_are_counted if {
	count(resource.deny) == 0 with input as call("support", "everything.get-sum", {"count": 5000, "first": 0})
}

test_an_export_without_rows_is_denied if {
	row_denials == {"bulk_export_unbounded"} with input as call("support", "crm.export", {"table": "customers"})
}

test_a_read_without_rows_is_not_denied if {
	count(resource.deny) == 0 with input as call("support", "crm.read", {"id": 7})
}
