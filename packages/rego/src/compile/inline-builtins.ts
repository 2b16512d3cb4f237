/** A built-in's result computed in place for the most frequent operands, and by the built-in for all others. */
export type Inline = (slow: string, left: string, right: string) => string;

/**
 * Built-ins of two operands that need no call for most operands. Comparisons are of two JavaScript numbers, which
 * are exact. Sums, differences and products are of safe integers with a safe result, where doubles are exact.
 */
export const inlineBuiltins: ReadonlyMap<string, Inline> = new Map<string, Inline>([
  ['gt', comparison('>')],
  ['gte', comparison('>=')],
  ['lt', comparison('<')],
  ['lte', comparison('<=')],
  ['equal', (_slow, left, right) => `(${left}===${right}||isEqual(${left},${right}))`],
  ['neq', (_slow, left, right) => `!(${left}===${right}||isEqual(${left},${right}))`],
  ['plus', arithmetic('+')],
  ['minus', arithmetic('-')],
  ['mul', arithmetic('*')],
]);

/** Inlined built-ins that always have a result. */
export const totalBuiltins: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte', 'equal', 'neq']);

function comparison(operator: string): Inline {
  return (slow, left, right) =>
    `(typeof ${left}==="number"&&typeof ${right}==="number"?${left}${operator}${right}:${slow})`;
}

function arithmetic(operator: string): Inline {
  // The sum with 0 makes 0 of -0, which Rego's integers do not have.
  return (slow, left, right) =>
    `(isSafe(${left})&&isSafe(${right})&&isSafe(t=(${left}${operator}${right})+0)?t:${slow})`;
}
