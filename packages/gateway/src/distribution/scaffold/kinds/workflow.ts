import type { BundleNames, DraftedRules } from '../draft.ts';

/** How often and how long: an agent that goes round in circles is stopped. */
export function workflowDraft({ data, alias }: BundleNames): DraftedRules {
  return {
    purpose: 'How often, how long and when. Stops agents that go on without anybody looking.',
    rules: [
      {
        rule: {
          kind: 'deny',
          id: 'too_many_calls',
          title: 'Agents stop after many tool calls in a row',
          description:
            'An agent that calls tools again and again without saying anything to its user is going round in circles.',
          custom: {
            reason: 'too_many_calls_in_a_row',
            message: 'Too many tool calls in a row. Tell the user how far you are before you go on.',
            remediation: 'report_to_the_user',
            severity: 'medium',
            overridable: true,
          },
          bodies: [`input.context.tool_calls_in_a_row > ${data}.calls_in_a_row_max`],
        },
        tests: `
test_too_many_calls_are_refused if {
	"too_many_calls" in ${alias}.deny with input.context.tool_calls_in_a_row as 6
		with ${data}.calls_in_a_row_max as 5
}

test_as_many_calls_as_are_listed_are_not_refused if {
	not "too_many_calls" in ${alias}.deny with input.context.tool_calls_in_a_row as 5
		with ${data}.calls_in_a_row_max as 5
}
`,
      },
    ],
    data: `# Tool calls that an agent may make one after another without anything else between them.
calls_in_a_row_max: 40
`,
    next: ['Set `calls_in_a_row_max` in `data.yaml` to what your agents need.'],
  };
}
