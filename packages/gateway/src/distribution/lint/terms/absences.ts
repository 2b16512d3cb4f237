/** Conditions that ask whether something is missing of which every input has a value. */
import { isAlwaysPresent, type Schema, schemasAt } from '../../analysis/input-paths.ts';
import type { Expression, Path } from '../../analysis/syntax.ts';
import type { Scope } from './bodies.ts';
import { callOf } from './calls.ts';
import { factOf } from './facts.ts';
import { placeOf } from './paths.ts';

/** A condition that never holds, and what to write in its place. */
export interface Absence {
  readonly why: string;
  readonly mend: string;
}

/** Types whose values are neither false, which `not` takes for missing, nor null. */
const NEVER_MISSING: ReadonlySet<string | undefined> = new Set([
  'string',
  'number',
  'integer',
  'array',
  'object',
]);

/** Why a condition never holds that asks for the absence of a field which is always there; undefined for any other. */
export function absenceIn(expression: Expression, scope: Scope): Absence | undefined {
  const asked = nullAsked(expression, scope) ?? missingAsked(expression, scope);
  if (asked === undefined || asked.path[0] !== 'input' || !isAlwaysPresent(asked.path)) return undefined;
  const schemas = schemasAt(asked.path);
  const [schema] = schemas;
  if (schema === undefined || !schemas.every(({ type }) => NEVER_MISSING.has(type))) return undefined;
  const written = asked.path.join('.');
  return {
    why: `\`${written}\` is in every input, and never ${asked.never}.`,
    mend: mendOf(written, schema),
  };
}

interface Asked {
  readonly path: Path;
  readonly never: 'null' | 'false';
}

/** `is_null(x)`, which `factOf` does not know. */
function nullAsked(expression: Expression, scope: Scope): Asked | undefined {
  if (expression.negated === true || expression.with !== undefined) return undefined;
  const call = callOf(expression);
  const [operand] = call?.name === 'is_null' ? call.operands : [];
  const place = operand && placeOf(operand, scope);
  return place && { path: place.path, never: 'null' };
}

/** `not x`, and `x == null`. */
function missingAsked(expression: Expression, scope: Scope): Asked | undefined {
  const fact = factOf(expression, scope);
  if (fact?.relation === 'not_true') return { path: fact.path, never: 'false' };
  if (fact?.relation !== 'equal' && fact?.relation !== 'member') return undefined;
  const isNull = fact.constants.length > 0 && fact.constants.every(({ value }) => value === null);
  // Of a field whose values are counted out, that is told as a value that it never has.
  const isTold = !fact.hasFallback && schemasAt(fact.path).some((schema) => schema.enum !== undefined);
  return isNull && !isTold ? { path: fact.path, never: 'null' } : undefined;
}

function mendOf(
  written: string,
  { type, enum: values, const: value, minLength, properties }: Schema,
): string {
  const all = value === undefined ? values : [value];
  if (all !== undefined)
    return `Compare it with one of its values: ${all.map((one) => JSON.stringify(one)).join(', ')}.`;
  switch (type) {
    case 'string':
      return (minLength ?? 0) > 0
        ? 'Remove it: the text is never empty either.'
        : `What is not known is the empty text: \`${written} == ""\`.`;
    case 'array':
      return `Ask whether it is empty: \`count(${written}) == 0\`.`;
    case 'object':
      return properties === undefined
        ? `Ask whether it is empty: \`count(${written}) == 0\`.`
        : 'Ask about the field of it that is meant.';
    default:
      return `Compare it with a number: \`${written} == 0\`.`;
  }
}
