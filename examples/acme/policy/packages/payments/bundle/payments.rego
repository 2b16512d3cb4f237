package servers.payments

# METADATA
# title: Larger refunds wait for finance
# description: A refund above the server's threshold is made only with the approval of a finance manager.
# custom:
#   owner: payments-team
#   reason: refund_needs_approval
#   message: A refund of this size needs the approval of a finance manager.
#   remediation: ask_for_approval
#   approvers: [finance-managers]
#   appeal_path: https://tickets.example/finance
#   severity: high
#   controls: [SOX-404]
require_approval contains "large_refund" if {
	input.action.tool_name == "refund"
	is_number(input.action.args.amount_cents)
	input.action.args.amount_cents > data.servers.payments.refund_approval_above_cents
}

# METADATA
# title: Payouts wait for finance
# description: Money that leaves the company is never sent without the approval of a finance manager.
# custom:
#   owner: payments-team
#   reason: payout_needs_approval
#   message: Every payout needs the approval of a finance manager.
#   remediation: ask_for_approval
#   approvers: [finance-managers]
#   appeal_path: https://tickets.example/finance
#   severity: high
#   controls: [SOX-404]
require_approval contains "payout" if input.action.tool_name == "payout"

# METADATA
# title: Small refund
# description: The refund is small enough to be made without asking.
# custom:
#   owner: payments-team
#   reason: refund_within_limit
#   message: The refund is small enough to be made without asking.
affirm contains "small_refund" if {
	input.action.tool_name == "refund"
	is_number(input.action.args.amount_cents)
	input.action.args.amount_cents <= data.servers.payments.refund_approval_above_cents
}

# METADATA
# title: Refunds say why
# description: A refund has a reason of a few letters, which stands on the customer's statement.
# custom:
#   owner: payments-team
#   reason: refund_reason_missing
#   message: Say in a few words why the money is given back. The reason stands on the customer's statement.
#   remediation: give_a_reason
#   severity: low
deny contains "refund_reason_missing" if {
	input.action.tool_name == "refund"
	not refund_reason_given
}

# METADATA
# title: Payouts go to known countries
# description: >-
#   Money is paid out to accounts in listed countries only. An account that is missing or no text is in no country.
# custom:
#   owner: payments-team
#   reason: payout_country_not_allowed
#   message: Money may not be paid out to an account in this country, or the account is not given as an IBAN.
#   remediation: ask_finance_to_do_it
#   appeal_path: https://tickets.example/finance
#   severity: high
#   overridable: true
#   controls: [AML-6]
deny contains "payout_country" if {
	input.action.tool_name == "payout"
	not iban_country_allowed
}

refund_reason_given if {
	is_string(input.action.args.reason)
	count(trim_space(input.action.args.reason)) >= data.servers.payments.reason_letters_min
}

iban_country_allowed if {
	is_string(input.action.args.iban)
	some country in data.servers.payments.iban_countries
	startswith(upper(input.action.args.iban), country)
}
