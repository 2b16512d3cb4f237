package policy.resource

# METADATA
# title: Tools of the desk are granted
# description: Every tool of the desk may be used.
# custom:
#   owner: faults
#   reason: tool_granted
allow contains "tool_granted" if input.action.server == "desk"

# METADATA
# title: Not more than a hundred rows
# description: An ordinary denial, which only looks at an argument.
# custom:
#   owner: faults
#   reason: too_many_rows
#   message: At most 100 rows at once.
deny contains "rows" if input.action.args.rows > 100

# METADATA
# title: Amounts are small
# description: Its built-in fails when the amount is no number.
# custom:
#   owner: faults
#   reason: amount_too_large
#   message: At most 1000.
deny contains "amount" if to_number(input.action.args.amount) > 1000

# METADATA
# title: A rule that contradicts itself
# description: It has two values at once when it is asked to.
# custom:
#   owner: faults
#   reason: contradiction
#   message: This contradicts itself.
deny contains "contradiction" if {
	input.action.args.contradict
	contradiction == 1
}

contradiction := 1 if input.action.args.contradict

contradiction := 2 if input.action.args.contradict

# METADATA
# title: Texts are hidden in the record
# description: What is written down is masked before a call is stored.
# custom:
#   owner: faults
#   reason: text_masked
oblige contains {"id": "mask_text", "kind": "mask", "fields": {"/action/args/text": "remove"}} if {
	input.action.tool == "desk.note"
}
