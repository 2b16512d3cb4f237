import type { BundleModule, Expression, Place, Rule } from './analysis/syntax.ts';
import type { Finding } from './finding.ts';

/**
 * Rego that OPA's planner turns into something else than OPA's evaluator makes of it, so that two engines would answer
 * differently. Both shapes are without use: refusing them costs nobody anything.
 */
export function plannerFindings(modules: readonly BundleModule[]): Finding[] {
  return modules.flatMap(({ source, syntax }) =>
    (syntax.rules ?? []).flatMap((rule) => [
      ...defaultFindings(source.file, rule),
      ...bareComprehensions(rule).map((place) => ({
        file: source.file,
        row: place?.row ?? rule.location.row,
        code: 'comprehension_without_use',
        detail: 'A comprehension stands as a condition, which it always fulfils.',
        mend: 'Assign it to a variable and say what must hold of it, or remove it.',
      })),
    ]),
  );
}

function defaultFindings(file: string, rule: Rule): Finding[] {
  if (rule.default !== true || rule.head.args === undefined) return [];
  return [
    {
      file,
      row: rule.location.row,
      code: 'function_default',
      detail: 'A function has a default, which engines see differently where its package is read as a whole.',
      mend: 'Give the function an `else` in place of the default.',
    },
  ];
}

const COMPREHENSIONS = new Set(['arraycomprehension', 'setcomprehension', 'objectcomprehension']);

/** Where a comprehension is a whole expression, anywhere within a node of the syntax tree. */
function bareComprehensions(node: unknown): (Place | undefined)[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(bareComprehensions);
  const within = Object.values(node).flatMap(bareComprehensions);
  const { terms, location } = node as Partial<Expression>;
  const isBare = typeof terms === 'object' && 'type' in terms && COMPREHENSIONS.has(terms.type);
  return isBare ? [location, ...within] : within;
}
