# Five rules: who may use which tool, and what nobody may do with it.
package bailiff

decision := {"allow": allow, "reasons": sort(reasons)}

default allow := false

allow if {
	count(reasons) == 0
	some role in input.user.roles
	input.action.tool in data.grants[role]
}

reasons contains "closed" if {
	input.environment.minute_of_day < data.hours.opens
}

reasons contains "closed" if {
	input.environment.minute_of_day >= data.hours.closes
}

reasons contains sprintf("%s may ask for %d rows at most", [input.action.tool, limit]) if {
	limit := data.rows_max[input.action.tool]
	input.action.args.rows > limit
}

reasons contains "path_outside" if {
	path := input.action.args.path
	not startswith(path, concat("", [data.folder, "/"]))
}

reasons contains "path_outside" if contains(input.action.args.path, "..")
