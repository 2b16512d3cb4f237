import type { CodePage } from './code-page.ts';

/** Codes of what a bundle of `level: simple` does not do. */
export type LevelCode = keyof typeof LEVEL_CODES;

const WHY = 'The bundle’s manifest says `level: simple`, which is a promise to its reviewers';
const PAGE = '[The simple level](../../guides/simple-level.md) shows what there is.';

const meta = (rego: string) => `deny contains "x" if {\n${rego}\n}`;

/** What `level: simple` refuses. */
export const LEVEL_CODES = {
  level_simple_function: {
    severity: 'error',
    title: 'A function in a simple bundle',
    why: `${WHY}: every rule can be read from its own lines. What a function says depends on who calls it.`,
    mend: 'Write the condition where it is meant, give it a helper rule without parameters, or say `level: full`.',
    example: {
      before: 'is_large(rows) if rows > 50\n\ndeny contains "x" if is_large(input.action.args.rows)',
      after: 'is_large if input.action.args.rows > 50\n\ndeny contains "x" if is_large',
    },
  },
  level_simple_else: {
    severity: 'error',
    title: '`else` in a simple bundle',
    why: `${WHY}: each body holds by itself, whatever stands above it.`,
    mend: 'Write a body for each case, or a table in data; or say `level: full`.',
    example: {
      before: 'limit := 10 if input.agent.scope == "batch" else := 100',
      after: 'limit := object.get(data.policy.workflow.limits, input.agent.scope, 10)',
    },
  },
  level_simple_comprehension: {
    severity: 'error',
    title: 'A comprehension in a simple bundle',
    why: `${WHY}: values are looked up, not collected and worked on.`,
    mend: 'Go through the values with `some … in`, collect them with a helper set, or say `level: full`.',
    example: {
      before: meta(
        '\tcount({class | some class in input.action.data_classes_referenced; class != "public"}) > 0',
      ),
      after: meta('\tsome class in input.action.data_classes_referenced\n\tclass != "public"'),
    },
  },
  level_simple_every: {
    severity: 'error',
    title: '`every` in a simple bundle',
    why: `${WHY}. \`every\` also holds where there is nothing at all, which newcomers to Rego are caught by.`,
    mend: 'Give what may not be a helper rule with `some … in`, and say `not` of it; or say `level: full`.',
    example: {
      before: meta('\tevery effect in input.action.effects {\n\t\teffect != "read"\n\t}'),
      after: 'reads if "read" in input.action.effects\n\ndeny contains "x" if not reads',
    },
  },
  level_simple_with: {
    severity: 'error',
    title: '`with` in a rule of a simple bundle',
    why: `${WHY}: a rule is about the call at hand, not about one that is made up. Tests use \`with\` as they like.`,
    mend: 'Write the condition about the input as it is, or say `level: full`.',
    example: {
      before: `is_large if input.action.args.rows > 50\n\n${meta('\tis_large with input.action.args.rows as 51')}`,
      after: `is_large if input.action.args.rows > 50\n\n${meta('\tis_large')}`,
    },
  },
  level_simple_builtin: {
    severity: 'error',
    title: 'A built-in that is not of the simple level',
    why: `${WHY}: values are compared and looked up, not computed. \`walk\`, arithmetic, formatting and most of the other built-ins are not in it.`,
    mend: `Compare with a value from a table, use one of the built-ins of the level, or say \`level: full\`. ${PAGE}`,
    example: {
      before: meta('\tinput.context.cumulative_tokens * 2 > data.policy.workflow.tokens_max'),
      after: meta('\tinput.context.cumulative_tokens > data.policy.workflow.tokens_half'),
    },
  },
  level_simple_pattern: {
    severity: 'error',
    title: 'A pattern that is not constant',
    why: `${WHY}: what a pattern means is seen where it is used. One from elsewhere may match everything, or fail.`,
    mend: 'Write the pattern into the rule, compare with a table of texts, or say `level: full`.',
    example: {
      before: meta('\tregex.match(data.policy.resource.pattern, input.action.tool)'),
      after: meta('\tregex.match(`^crm[.]`, input.action.tool)'),
    },
  },
  level_simple_iteration: {
    severity: 'error',
    title: 'Iteration without `some … in`',
    why: `${WHY}: that a condition goes through a collection is said in words. A name that was forgotten, or misspelt, goes through everything too.`,
    mend: 'Write `some x in xs`, or `some key, value in table`; or say `level: full`.',
    example: {
      before: meta('\tinput.action.effects[_] == "destructive"'),
      after: meta('\tsome effect in input.action.effects\n\teffect == "destructive"'),
    },
  },
  level_simple_unification: {
    severity: 'error',
    title: '`=` in a simple bundle',
    why: `${WHY}: \`=\` compares or assigns, depending on what stands around it.`,
    mend: 'Write `==` to compare and `:=` to give a value a name.',
    example: {
      before: meta('\tinput.action.tool = "crm.export"'),
      after: meta('\tinput.action.tool == "crm.export"'),
    },
  },
  level_simple_form: {
    severity: 'error',
    title: 'A form of Rego that is not of the simple level',
    why: `${WHY}, and what is not listed is not part of it: names made of variables, values that are taken apart, texts that are put together.`,
    mend: `Write it with what the level has, or say \`level: full\`. ${PAGE}`,
    example: {
      before: meta(
        '\t[server, "delete"] := [input.action.server, input.action.tool_name]\n\tserver == "crm"',
      ),
      after: meta('\tinput.action.server == "crm"\n\tinput.action.tool_name == "delete"'),
    },
  },
} as const satisfies Readonly<Record<string, CodePage>>;
