/** A built-in's result computed in place for the most frequent operands, and by the built-in for all others. */
type Inline = (slow: string, left: string, right: string) => string;

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

/** Built-ins that say what a value is, which always have a result. */
const inlineTests: ReadonlyMap<string, (operand: string) => string> = new Map([
  ['is_array', (operand: string) => `isArray(${operand})`],
  ['is_boolean', (operand: string) => `(typeof ${operand}==="boolean")`],
  ['is_null', (operand: string) => `(${operand}===null)`],
  ['is_object', (operand: string) => `isRegoObject(${operand})`],
  ['is_set', (operand: string) => `(${operand} instanceof RegoSet)`],
  ['is_string', (operand: string) => `(typeof ${operand}==="string")`],
  ['type_name', (operand: string) => `typeName(${operand})`],
]);

/** Inlined built-ins that always have a result. */
const totalBuiltins: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte', 'equal', 'neq']);

/** A call computed in place. */
export interface InlinedCall {
  readonly source: string;
  /** Whether it has a result whatever the operands: without strict errors a comparison by the built-in can still not fail. */
  readonly isTotal: boolean;
}

/**
 * The code of a built-in's call that needs no call for most operands; undefined where there is none.
 * @param slow the call itself.
 */
export function inlinedCall(
  name: string,
  operands: readonly string[],
  slow: string,
): InlinedCall | undefined {
  const [left, right, ...others] = operands;
  if (left === undefined || others.length > 0) return undefined;
  if (right === undefined) {
    const test = inlineTests.get(name);
    return test && { source: test(left), isTotal: true };
  }
  const inline = inlineBuiltins.get(name);
  return inline && { source: inline(slow, left, right), isTotal: totalBuiltins.has(name) };
}

function comparison(operator: string): Inline {
  return (slow, left, right) =>
    `(typeof ${left}==="number"&&typeof ${right}==="number"?${left}${operator}${right}:${slow})`;
}

function arithmetic(operator: string): Inline {
  // The sum with 0 makes 0 of -0, which Rego's integers do not have.
  return (slow, left, right) =>
    `(isSafe(${left})&&isSafe(${right})&&isSafe(t=(${left}${operator}${right})+0)?t:${slow})`;
}
