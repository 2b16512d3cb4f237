import type { RuleKind } from '@bailiff/contract';
import { countInPlaceOf } from '../../../analysis/mistakes/compile-mends.ts';
import { referencesOf } from '../../../analysis/references.ts';
import type { IndexedRule, RuleIndex } from '../../../analysis/rule-index.ts';
import { type Expression, isWithin, type Path, type Term } from '../../../analysis/syntax.ts';
import { dotted } from '../../subject.ts';
import { type Body, bodiesOf, negatedBody, type Scope } from '../../terms/bodies.ts';
import { callOf, callsIn } from '../../terms/calls.ts';
import { constantOf } from '../../terms/facts.ts';
import { ARGUMENTS, isArgument, originOf, placeOf } from '../../terms/paths.ts';

/** What is ordered: numbers, or texts where it is compared with one. */
export type OrderedType = 'number' | 'string';

/** An argument that a condition compares with `<`, `<=`, `>` or `>=`. */
export interface Ordered {
  readonly path: Path;
  readonly isElement: boolean;
  readonly type: OrderedType;
  /** The type of the constant that stands in for it; undefined where none does. */
  readonly fallback: string | undefined;
  /** Whether its type is asked for in the same body. */
  readonly isGuarded: boolean;
  /** Whether the rule fires where the condition does not hold. */
  readonly isNegated: boolean;
  /** Whether it stands in the body of the rule that decides, and not in a helper of it. */
  readonly isOwn: boolean;
  readonly file: string;
  readonly row: number;
}

/** What of an objection is about the order of arguments. */
export interface Orders {
  readonly ordered: readonly Ordered[];
  /** Arguments for which the rule fires where they are of another type: `number:input.action.args.rows`. */
  readonly refused: ReadonlySet<string>;
}

const ORDERS: ReadonlySet<string> = new Set(['lt', 'lte', 'gt', 'gte']);

const GUARDS: Readonly<Record<string, OrderedType>> = { is_number: 'number', is_string: 'string' };

const KNOWN = new WeakMap<RuleIndex, Map<IndexedRule, Orders>>();

/** What a body and the helpers of its bundle ask of the order and the type of arguments. A helper after `not` counts the other way. */
export function ordersOf(decides: IndexedRule, index: RuleIndex): Orders {
  const known = KNOWN.get(index) ?? new Map<IndexedRule, Orders>();
  KNOWN.set(index, known);
  // It is asked for once for each argument that the rule needs.
  const orders = known.get(decides) ?? foundIn(decides, index);
  known.set(decides, orders);
  return orders;
}

function foundIn(decides: IndexedRule, index: RuleIndex): Orders {
  const ordered: Ordered[] = [];
  const refused = new Set<string>();
  const seen = new Set<string>();
  const pending: { readonly rule: IndexedRule; readonly isNegated: boolean }[] = [
    { rule: decides, isNegated: false },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { rule, isNegated } = next;
    const key = `${index.rules.indexOf(rule)}:${isNegated}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const names = index.namesIn(rule.module);
    const bodies = [...bodiesOf(rule.rule, names)];
    const follow = (paths: readonly { readonly path: Path }[], turned: boolean) => {
      for (const helper of helpersIn(paths, decides, index))
        pending.push({ rule: helper, isNegated: turned });
    };
    follow(referencesOf({ ...rule.rule, body: [] }, names), isNegated);
    for (const body of bodies) {
      const around = body.rule === undefined ? (bodies[0]?.expressions ?? []) : [];
      const guarded = guardsIn([...around, ...body.expressions], body.scope);
      const here = isNegated !== body.isNegated;
      const plain = body.expressions.filter((expression) => negatedBody(expression) === undefined);
      const isTurned = (expression: Expression) => here !== (expression.negated === true);
      // Together, since each look declares the variables of the whole body anew.
      for (const turned of [false, true])
        follow(
          referencesOf(
            rule.rule,
            names,
            plain.filter((one) => isTurned(one) === turned),
          ),
          turned,
        );
      for (const expression of plain) {
        const turned = isTurned(expression);
        if (turned) for (const asked of askedIn(expression, body.scope)) refused.add(asked);
        const found = comparedIn(expression, body);
        const where = { isNegated: turned, isOwn: rule === decides, file: rule.module.source.file };
        for (const one of found) ordered.push({ ...one, ...where, isGuarded: guarded.has(nameOf(one)) });
      }
    }
  }
  return { ordered, refused };
}

/** How a type and an argument are named together. */
export function nameOf({ type, path, isElement }: Pick<Ordered, 'type' | 'path' | 'isElement'>): string {
  return `${type}:${dotted(path)}${isElement ? '[_]' : ''}`;
}

/** What to write to refuse whatever is not of the type. */
export function refusalOf(
  kind: RuleKind,
  id: string,
  { type, path }: Pick<Ordered, 'type' | 'path'>,
): string {
  const [last = ''] = path.slice(-1);
  return `${kind} contains "${id}" if not is_${type}(object.get(${dotted(path.slice(0, -1))}, "${last}", null))`;
}

/** What a mend begins with where a field of an argument may be meant as the argument’s length; else nothing. */
export function lengthWords(path: Path): string {
  const counted = path.length > ARGUMENTS.length + 1 ? countInPlaceOf(path) : undefined;
  return counted === undefined ? '' : `Where a length is meant, write \`${counted}\`. Else: `;
}

function helpersIn(
  references: readonly { readonly path: Path }[],
  { module }: IndexedRule,
  index: RuleIndex,
): readonly IndexedRule[] {
  return references
    .filter(({ path }) => path[0] === 'data')
    .flatMap(({ path }) => index.overlapping(path).filter((rule) => isWithin(path, rule.path)))
    .filter((rule) => rule.module.bundle === module.bundle);
}

function guardsIn(expressions: readonly Expression[], scope: Scope): ReadonlySet<string> {
  const positive = expressions.filter(
    (expression) => expression.negated !== true && negatedBody(expression) === undefined,
  );
  return new Set(positive.flatMap((expression) => askedIn(expression, scope)));
}

/** Arguments whose type a condition asks for. */
function askedIn(expression: Expression, scope: Scope): string[] {
  const call = callOf(expression);
  const type = call && Object.hasOwn(GUARDS, call.name) ? GUARDS[call.name] : undefined;
  const origin = type && argumentOf(call?.operands[0], scope);
  return origin === undefined || type === undefined ? [] : [nameOf({ type, ...origin })];
}

function comparedIn(
  expression: Expression,
  { scope, row }: Body,
): Omit<Ordered, 'isGuarded' | 'isNegated' | 'isOwn' | 'file'>[] {
  return callsIn(expression)
    .filter(({ name }) => ORDERS.has(name))
    .flatMap(({ operands, row: at = row }) =>
      operands.flatMap((operand, side) => {
        const origin = argumentOf(operand, scope);
        if (origin === undefined) return [];
        const other = operands[1 - side];
        const type = other !== undefined && constantOf(other)?.term.type === 'string' ? 'string' : 'number';
        const fallback = placeOf(operand, scope)?.fallback?.type;
        return [{ ...origin, type, fallback, row: at } as const];
      }),
    );
}

function argumentOf(
  term: Term | undefined,
  scope: Scope,
): { readonly path: Path; readonly isElement: boolean } | undefined {
  const origin = term && originOf(term, scope);
  return origin !== undefined && isArgument(origin.path) ? origin : undefined;
}
