import { isAlwaysPresent, type Schema, schemasAt } from '../../../analysis/input-paths.ts';
import type { LintFinding } from '../../finding.ts';
import { dotted, type LintSubject } from '../../subject.ts';
import { bodiesOf, negatedBody } from '../../terms/bodies.ts';
import { type Fact, factOf, type Relation, type Scalar } from '../../terms/facts.ts';

/** Types in the order in which Rego sorts their values: every value of one comes before every value of the next. */
const SORTED = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
type Sorted = (typeof SORTED)[number];

const ORDERS: Readonly<Partial<Record<Relation, { readonly written: string; readonly isBelow: boolean }>>> = {
  less: { written: '<', isBelow: true },
  at_most: { written: '<=', isBelow: true },
  more: { written: '>', isBelow: false },
  at_least: { written: '>=', isBelow: false },
};

const NOUNS: Readonly<Record<Sorted, string>> = {
  null: 'null',
  boolean: 'true or false',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
};

/** Comparisons by order of a field of the input with a constant of another type: their types alone say how they come out. */
export function orderFindings({ bundles, index }: LintSubject): LintFinding[] {
  const linted = new Set(bundles.flatMap(({ modules }) => modules));
  return index.rules
    .filter(({ module }) => linted.has(module))
    .flatMap(({ module, rule }) =>
      [...bodiesOf(rule, index.namesIn(module))].flatMap(({ expressions, scope }) =>
        expressions.flatMap((expression): LintFinding[] => {
          // What such a `not` holds is a body of its own.
          const fact = negatedBody(expression) === undefined ? factOf(expression, scope) : undefined;
          const said = fact && settled(fact);
          if (fact === undefined || said === undefined) return [];
          const { row } = fact.constants[0]?.term.location ?? fact;
          const file = module.source.file;
          return [{ file, row, code: 'input_type_mismatch', severity: 'error', ...said }];
        }),
      ),
    );
}

/** What the comparison always comes to; undefined where it depends on the input. */
function settled({
  path,
  hasFallback,
  relation,
  constants,
}: Fact): Pick<LintFinding, 'detail' | 'mend'> | undefined {
  const order = ORDERS[relation];
  const [constant] = constants;
  // What stands in for a field may be of any type, where it can be missing.
  if (order === undefined || path[0] !== 'input' || (hasFallback && !isAlwaysPresent(path))) return undefined;
  const value = constant?.value;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const types = schemasAt(path).map(sortedType);
  const [type] = types;
  if (type === undefined || types.length > 1 || type === 'null' || type === typeof value) return undefined;
  const isBefore = SORTED.indexOf(type) < SORTED.indexOf(typeof value as Sorted);
  const comparison = `${order.written} ${JSON.stringify(value)}`;
  const holds = isBefore === order.isBelow ? 'always' : 'never';
  const sorts = `Rego sorts it ${isBefore ? 'before' : 'after'} every ${typeof value === 'string' ? 'text' : 'number'}`;
  return {
    detail: `\`${dotted(path)}\` is ${NOUNS[type]}, and \`${comparison}\` ${holds} holds: ${sorts}.`,
    mend: mendOf(type, { path: dotted(path), order: order.written, value }),
  };
}

/** Undefined where anything may stand. */
function sortedType({ type }: Schema): Sorted | undefined {
  return type === 'integer' ? 'number' : SORTED.find((known) => known === type);
}

function mendOf(
  type: Exclude<Sorted, 'null'>,
  { path, order, value }: { readonly path: string; readonly order: string; readonly value: Scalar },
): string {
  // The digits of a text, where it is a number that was put between quotation marks.
  const number = String(value).trim() === '' || Number.isNaN(Number(value)) ? '…' : Number(value);
  switch (type) {
    case 'number':
      return `Compare it with a number: \`${path} ${order} ${number}\`.`;
    case 'string':
      return `Compare it with a text, or its length: \`count(${path}) ${order} ${number}\`.`;
    case 'boolean':
      return `Write \`${path}\` alone, or \`not ${path}\`.`;
    default:
      return `Compare how many it holds: \`count(${path}) ${order} ${number}\`.`;
  }
}
