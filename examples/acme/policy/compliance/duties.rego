package policy.compliance

# METADATA
# title: Sensitive arguments are hidden in the record
# description: Contact details, bank details and the text of mails are masked before a call is stored.
# custom:
#   owner: privacy
#   reason: sensitive_arguments_masked
#   message: Contact details, bank details and the text of mails are hidden before the call is recorded.
#   controls: [GDPR-25, PCI-DSS-3.4]
oblige contains {"id": "mask_arguments", "kind": "mask", "fields": fields} if {
	fields := data.policy.compliance.masked_arguments[input.action.tool]
}

# METADATA
# title: Records of money and staff are kept longer
# description: A call that touches payments or employees is recorded in full and kept as long as the law asks.
# custom:
#   owner: privacy
#   reason: record_kept_longer
#   message: The record of this call is kept as long as the law asks.
#   controls: [SOX-802]
oblige contains {"id": "retention", "kind": "audit", "level": "full", "retention_days": days} if {
	some class in input.action.data_classes_referenced
	days := data.policy.compliance.retention_days[class]
}
