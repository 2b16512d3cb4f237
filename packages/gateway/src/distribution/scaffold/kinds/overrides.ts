import type { BundleNames, DraftedRules } from '../draft.ts';

/** Named exceptions: data, and tests that hold the list to what is asked of it. */
export function overridesDraft({ alias }: BundleNames): DraftedRules {
  return {
    purpose: 'Named exceptions. Each lifts exact rules for exact callers, and ends by itself.',
    rules: [],
    fixture: `
exceptions := ${alias}.overrides

test_every_id_is_its_own if count({exception.id | some exception in exceptions}) == count(exceptions)

test_every_exception_is_scoped_justified_and_approved_by_another if {
	every exception in exceptions {
		count(exception.scope) > 0
		count(exception.justification) >= 30
		count(exception.approved_by) > 0
		not exception.requested_by in exception.approved_by
	}
}
`,
    data: `# Exceptions, each as below. One that lasts too long, lacks approvers, or lifts what does not exist or may not be lifted is
# dropped with an alarm; \`./bailiff policy check\` says so.
#   - id: audit-export
#     lifts: [resource.destroys_in_production] # exact rules, all of them overridable
#     scope: { agents: [helper], tools: [crm.delete] } # all that is named must match
#     not_before: "2027-01-10T00:00:00Z"
#     expires_at: "2027-01-17T00:00:00Z" # 30 days at most; 7 for rules of compliance
#     justification: At least thirty characters that say why this is needed.
#     ticket: RISK-1
#     requested_by: ada
#     approved_by: [grace] # two for rules of compliance; never who asked
overrides: []
`,
    next: [
      'Add an exception to `data.yaml` when one is needed; `docs/guides/overrides.md` says what it needs. Remove it when it is over.',
    ],
  };
}
