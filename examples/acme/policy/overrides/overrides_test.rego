package policy.overrides_test

overrides := data.policy.overrides.overrides

lifetime_days(override) := (ends - begins) / 86400000000000 if {
	begins := time.parse_rfc3339_ns(override.not_before)
	ends := time.parse_rfc3339_ns(override.expires_at)
}

lifts_compliance(override) if {
	some rule in override.lifts
	startswith(rule, "compliance.")
}

test_there_are_few if count(overrides) <= 5

test_every_id_is_its_own if count({override.id | some override in overrides}) == count(overrides)

test_every_exception_is_scoped_justified_and_asked_for_by_another_than_its_approvers if {
	every override in overrides {
		count(override.scope) >= 1
		count(override.justification) >= 30
		count(override.ticket) > 0
		not override.requested_by in override.approved_by
	}
}

test_every_exception_ends_within_thirty_days if {
	every override in overrides {
		lifetime_days(override) > 0
		lifetime_days(override) <= 30
	}
}

test_exceptions_from_compliance_are_short_and_approved_by_two if {
	compliance := [override | some override in overrides; lifts_compliance(override)]
	count(compliance) > 0
	every override in compliance {
		lifetime_days(override) <= 7
		count({name | some name in override.approved_by}) >= 2
	}
}
