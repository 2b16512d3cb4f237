import type { BundleNames, DraftedRules } from '../draft.ts';

/** Which data may go to whom. */
export function complianceDraft({ data, alias }: BundleNames): DraftedRules {
  return {
    purpose: 'Which data may go where, and to whom.',
    rules: [
      {
        rule: {
          kind: 'deny',
          id: 'class_not_cleared',
          title: 'Users are cleared for the data',
          description:
            'A call is made only for a user who is cleared for every class of data that it touches. Classes that are open to everybody need no clearance.',
          custom: {
            reason: 'data_class_unauthorized_for_user',
            message: 'The user is not cleared for a class of data that this call touches.',
            remediation: 'request_elevated_data_access',
            severity: 'high',
            overridable: true,
          },
          bodies: [
            `{
	some class in input.action.data_classes_referenced
	not class in ${data}.open_classes
	not class in input.user.data_classifications_authorized
}`,
          ],
        },
        tests: `
test_data_that_the_user_is_not_cleared_for_is_refused if {
	"class_not_cleared" in ${alias}.deny with input as touching("secret", ["internal"])
		with ${data}.open_classes as ["public"]
}

test_data_that_the_user_is_cleared_for_is_not_refused if {
	not "class_not_cleared" in ${alias}.deny with input as touching("internal", ["internal"])
		with ${data}.open_classes as ["public"]
}

test_open_data_is_refused_to_nobody if {
	not "class_not_cleared" in ${alias}.deny with input as touching("public", [])
		with ${data}.open_classes as ["public"]
}
`,
      },
    ],
    fixture: `
# A call that touches data of a class, for a user who is cleared for some.
touching(class, cleared) := {
	"user": {"data_classifications_authorized": cleared},
	"action": {"data_classes_referenced": [class]},
}
`,
    data: `# Classes of data that nobody has to be cleared for; the catalogue lists all of them.
open_classes: [public]
`,
    next: [
      'List under `open_classes` in `data.yaml` which classes of your catalogue need no clearance. What a user is cleared for stands in the data of the identity bundle.',
    ],
  };
}
