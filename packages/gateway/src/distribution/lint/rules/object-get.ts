import { type Schema, schemasAt } from '../../analysis/input-paths.ts';
import { elementsOf, type Path, stringOf, type Term } from '../../analysis/syntax.ts';
import { isObject, valueAt } from '../../sources/document.ts';
import type { Edit, LintFinding } from '../finding.ts';
import { dotted, type LintSubject } from '../subject.ts';
import { bodiesOf, type Scope } from '../terms/bodies.ts';
import { type Call, callsIn } from '../terms/calls.ts';
import { callersValue, type Known, knownBy } from '../terms/guards.ts';
import { ARGUMENTS, isArgument, pathOf, prefixOf } from '../terms/paths.ts';
import { type Pins, pinsOf, pinsOfSubject } from '../terms/pins.ts';
import { typeOfArgument } from '../tool-definitions.ts';

/** `object.get` on what may be no object, or may be missing: its default does not help there. */
export function objectGetFindings(subject: LintSubject): LintFinding[] {
  const { bundles, index } = subject;
  return bundles.flatMap(({ source, modules }) =>
    index.rules
      .filter(({ module }) => modules.includes(module))
      .flatMap(({ module, rule }) => {
        const names = index.namesIn(module);
        return [...bodiesOf(rule, names)].flatMap(({ expressions, scope, rule: own }) => {
          const around = own === undefined ? rule.body : [];
          const pins = pinsOf({ expressions, scope }, pinsOfSubject(source.subject));
          const inBody = expressions.flatMap((expression, position) =>
            callsIn(expression).map((call) => ({
              call,
              before: [...around, ...expressions.slice(0, position)],
            })),
          );
          const inHead =
            own === undefined ? [] : callsInHead(own.head).map((call) => ({ call, before: expressions }));
          return [...inBody, ...inHead].flatMap(({ call, before }) => {
            const why =
              call.name === 'object.get' &&
              unsure(call, { scope, known: knownBy(before, scope), pins, subject });
            return why ? { file: module.source.file, ...finding(call, why, scope) } : [];
          });
        });
      }),
  );
}

interface Surroundings {
  readonly scope: Scope;
  readonly known: ReadonlyMap<string, Known>;
  readonly pins: Pins;
  readonly subject: LintSubject;
}

/** Why the first operand may be no object; undefined where it is one, or nothing is known of it. */
function unsure(
  { operands: [object] }: Call,
  { scope, known, pins, subject }: Surroundings,
): string | undefined {
  if (object === undefined) return undefined;
  const value = callersValue(object, scope);
  if (value !== undefined) {
    const declared = value.isElement
      ? undefined
      : typeOfArgument(value.path.slice(ARGUMENTS.length), pins, subject.tools);
    const isSure = known.get(value.name)?.types.has('object') || declared === 'object';
    const what = value.isElement ? `an element of \`${dotted(value.path)}\`` : `\`${dotted(value.path)}\``;
    return isSure ? undefined : `${what} is the caller’s and may be missing, or no object`;
  }
  const path = pathOf(object, scope);
  if (path?.[0] === 'input' && !isArgument(path)) {
    const isSure = schemasAt(path).every((schema) => isObjectSchema(schema));
    return isSure ? undefined : `\`${dotted(path)}\` is not always an object`;
  }
  const prefix = prefixOf(object, scope);
  if (prefix === undefined || prefix.path[0] !== 'data' || subject.index.isMadeByRules(prefix.path))
    return undefined;
  if (prefix.rest.length > 0) return `\`${dotted(prefix.path)}\` may have no such entry`;
  const base = valueAt(subject.data, prefix.path.slice(1));
  return base === undefined || isObject(base) ? undefined : `\`${dotted(prefix.path)}\` is no object`;
}

function isObjectSchema({ type, anyOf }: Schema): boolean {
  return anyOf === undefined ? type === 'object' || type === undefined : anyOf.every(isObjectSchema);
}

function finding({ operands, row }: Call, why: string, scope: Scope): Omit<LintFinding, 'file'> {
  const [object, key] = operands;
  const fix = object && key && fixOf(object, key, scope);
  return {
    row,
    code: 'object_get_of_no_object',
    severity: 'warning',
    detail: `\`object.get\` fails or is undefined where its first operand is no object: ${why}.`,
    mend: 'Begin at an object that is always there and give the rest as a path: `object.get(input.action.args, ["filter", "name"], "")`.',
    ...(fix && { fix }),
  };
}

/** `object.get(input.action.args.a, "b", …)` → `object.get(input.action.args, ["a", "b"], …)`. */
function fixOf(object: Term, key: Term, scope: Scope): readonly Edit[] | undefined {
  const path = object.type === 'ref' ? pathOf(object, scope) : undefined;
  const name = stringOf(key);
  const [head] = elementsOf(object);
  if (path === undefined || name === undefined || !isArgument(path) || head?.value !== 'input')
    return undefined;
  const [from, to] = [object.location, key.location];
  if (from === undefined || to === undefined) return undefined;
  const keys: Path = [...path.slice(ARGUMENTS.length), name];
  const written = `[${keys.map((element) => JSON.stringify(element)).join(', ')}]`;
  return [
    { row: from.row, col: from.col, old: `${dotted(path)},`, new: `${dotted(ARGUMENTS)},` },
    { row: to.row, col: to.col, old: JSON.stringify(name), new: written },
  ];
}

function callsInHead(head: { readonly key?: Term; readonly value?: Term }): Call[] {
  return [head.key, head.value].flatMap((term) => (term === undefined ? [] : callsIn({ terms: term })));
}
