import type { BundleNames, DraftedRules } from '../draft.ts';

/** How the tools of a server may be called. */
export function serverDraft({ data, alias }: BundleNames): DraftedRules {
  return {
    purpose: 'Ships with the server and says how its tools may be called.',
    rules: [
      {
        rule: {
          kind: 'deny',
          id: 'too_many_rows',
          title: 'Nobody takes everything at once',
          description:
            'A tool that takes the argument rows is asked for few of them. What is no number is refused; a call without the argument is not.',
          custom: {
            reason: 'too_many_rows',
            message: 'Ask for fewer rows at once.',
            remediation: 'ask_for_fewer_rows',
            severity: 'medium',
            overridable: true,
          },
          bodies: [
            `not is_number(object.get(input.action.args, "rows", 0))`,
            `object.get(input.action.args, "rows", 0) > ${data}.rows_max`,
          ],
        },
        tests: `
test_many_rows_are_refused if {
	"too_many_rows" in ${alias}.deny with input.action.args as {"rows": 101}
		with ${data}.rows_max as 100
}

test_what_is_no_number_is_refused if {
	every rows in ["1", null, [1], true] {
		"too_many_rows" in ${alias}.deny with input.action.args as {"rows": rows}
			with ${data}.rows_max as 100
	}
}

test_few_rows_are_not_refused if {
	every args in [{"rows": 100}, {}] {
		not "too_many_rows" in ${alias}.deny with input.action.args as args
			with ${data}.rows_max as 100
	}
}
`,
      },
    ],
    data: `# Most rows that one call may ask for.
rows_max: 100
`,
    next: [
      'Replace the example by what holds for the tools of the server. `./bailiff policy new --from-server NAME` drafts a bundle from the tools that it lists.',
    ],
  };
}

/** What a subagent may be asked. */
export function subagentDraft({ data, alias }: BundleNames): DraftedRules {
  return {
    purpose: 'Ships with the subagent and says what it may be asked.',
    rules: [
      {
        rule: {
          kind: 'deny',
          id: 'argument_unknown',
          title: 'It is told what it was reviewed with',
          description: 'A task has no arguments but those that are listed.',
          custom: {
            reason: 'subagent_argument_unknown',
            message: 'This agent was not reviewed with an argument of this name.',
            remediation: 'leave_the_argument_out',
            severity: 'medium',
          },
          bodies: [
            `{
	some name, _ in input.action.args
	not name in ${data}.arguments
}`,
          ],
        },
        tests: `
test_an_argument_that_is_not_listed_is_refused if {
	"argument_unknown" in ${alias}.deny with input.action.args as {"task": "Plan it.", "iban": "DE02"}
		with ${data}.arguments as ["task"]
}

test_listed_arguments_are_not_refused if {
	not "argument_unknown" in ${alias}.deny with input.action.args as {"task": "Plan it."}
		with ${data}.arguments as ["task"]
}
`,
      },
    ],
    data: `# Arguments that it may be given.
arguments: [task]
`,
    next: ['List under `arguments` in `data.yaml` what the agent may be given.'],
  };
}
