import type { DecisionRule } from '../../analysis/decision-rules.ts';
import type { IndexedRule } from '../../analysis/rule-index.ts';
import type { Path } from '../../analysis/syntax.ts';
import { isWithin } from '../../analysis/syntax.ts';
import { isObject, valueAt } from '../../sources/document.ts';
import type { LintFinding } from '../finding.ts';
import { dotted, type LintedBundle, type LintSubject } from '../subject.ts';
import { scopeOfRule } from '../terms/bodies.ts';
import { type Need, NeedsFinder } from '../terms/needs.ts';
import { ARGUMENTS, isArgument, prefixOf } from '../terms/paths.ts';
import { areApart, both, type Pins, pinsOfSubject } from '../terms/pins.ts';
import { isRequired } from '../tool-definitions.ts';
import { lengthWords, ordersOf, refusalOf } from './arguments/ordered-arguments.ts';
import { valuesAt } from './enum-values.ts';

/** A body of an objection, and what of it others may rely on. */
interface Objection {
  readonly body: IndexedRule;
  readonly bundle: LintedBundle;
  readonly needed: readonly Need[];
  readonly handled: readonly Path[];
  readonly pins: Pins;
}

/** What names a target: a table under such a key says which targets a rule is about. */
const NAMES_OF_TARGETS: ReadonlySet<string> = new Set([
  'input.action.tool',
  'input.action.tool_name',
  'input.action.server',
  'input.action.subagent',
  'input.action.target.id',
]);

/**
 * Objections and demands that go silent because something is missing: an argument, or an entry of a table. Left alone is what
 * another body of the same bundle or of a category asks for with a default or under `not`, for the same tools; what METADATA says is
 * meant; an argument that every tool in question requires; and a table under the name of a target.
 */
export function silentFindings(subject: LintSubject): LintFinding[] {
  const finder = new NeedsFinder(subject.index);
  const objections = subject.bundles.flatMap((bundle) => objectionsOf(bundle, finder));
  const findings = objections.flatMap((objection) => {
    const { bundle, needed } = objection;
    const id = ruleOf(objection)?.id;
    if (id === undefined || bundle.catalogue.get(id)?.when_missing !== undefined) return [];
    return needed
      .filter((need) => !isHandled(need, objection, objections))
      .flatMap((need): LintFinding[] => {
        const missing = isArgument(need.path)
          ? argumentWords(need, objection, subject)
          : tableWords(need, objection, subject);
        return missing === undefined
          ? []
          : [{ file: need.file, row: need.row, severity: 'warning', ...missing }];
      });
  });
  const byPlace = new Map(
    findings.map((finding) => [`${finding.file}:${finding.row}:${finding.detail}`, finding]),
  );
  return [...byPlace.values()];
}

function objectionsOf(bundle: LintedBundle, finder: NeedsFinder): Objection[] {
  return bundle.rules
    .filter(({ kind }) => kind === 'deny' || kind === 'require_approval')
    .flatMap(({ bodies }) =>
      bodies.map((body) => {
        const { needed, handled, pins } = finder.of(body);
        return { body, bundle, needed, handled, pins: both(pins, pinsOfSubject(bundle.source.subject)) };
      }),
    );
}

function ruleOf({ bundle, body }: Objection): DecisionRule | undefined {
  return bundle.rules.find(({ bodies }) => bodies.includes(body));
}

function isHandled(need: Need, objection: Objection, objections: readonly Objection[]): boolean {
  const pins = both(need.pins, objection.pins);
  return objections.some((other) => {
    const isHeard = other.bundle === objection.bundle || other.bundle.source.subject.kind === 'category';
    if (!isHeard || areApart(pins, other.pins)) return false;
    return (
      other.handled.some((path) => isAbout(path, need.path)) &&
      !other.needed.some(({ path, key }) => key === undefined && dotted(path) === dotted(need.path))
    );
  });
}

/** Asking for what lies above or below asks for it too; asking for arguments by a name that is computed, for all of them. */
function isAbout(path: Path, needed: Path): boolean {
  if (dotted(path) === dotted(ARGUMENTS)) return isArgument(needed);
  return path.length > 1 && (isWithin(path, needed) || (isArgument(path) && isWithin(needed, path)));
}

type Words = Pick<LintFinding, 'code' | 'detail' | 'mend'>;

function argumentWords(need: Need, objection: Objection, { tools, index }: LintSubject): Words | undefined {
  const argument = need.path.slice(ARGUMENTS.length);
  if (isRequired(argument, both(need.pins, objection.pins), tools)) return undefined;
  const [last = ''] = argument.slice(-1);
  const { id = '', kind = 'deny' } = ruleOf(objection) ?? {};
  const ordered = ordersOf(objection.body, index).ordered.find(
    ({ path, isElement }) => !isElement && dotted(path) === dotted(need.path),
  );
  // A default alone would be compared: null comes before every number.
  const refusal = ordered
    ? `Refuse the call that lacks it, and what is no ${ordered.type === 'number' ? 'number' : 'text'}, in a body of its own (\`${refusalOf(kind, id, ordered)}\`)`
    : `Refuse the call that lacks it (\`object.get(${dotted(need.path.slice(0, -1))}, "${last}", null)\`)`;
  return {
    code: 'argument_missing_silences',
    detail: `Without \`${dotted(need.path)}\` the rule \`${id}\` does not fire, and no other asks for the argument.`,
    mend: `${lengthWords(need.path)}${refusal}, or say that it is meant: \`when_missing: silent\` under \`custom\`.`,
  };
}

function tableWords(need: Need, objection: Objection, subject: LintSubject): Words | undefined {
  const { path, key = [] } = need;
  if (NAMES_OF_TARGETS.has(dotted(key)) || isWhole(path, key, subject) || hasGuard(objection, path, subject))
    return undefined;
  return {
    code: 'table_key_missing_silences',
    detail: `The rule \`${ruleOf(objection)?.id}\` does not fire for a value of \`${dotted(key)}\` that \`${dotted(path)}\` does not list.`,
    mend: `Take a default that refuses: \`object.get(${dotted(path)}, …, [])\`, or say that it is meant: \`when_missing: silent\` under \`custom\`.`,
  };
}

/** Whether the table has an entry for every value that its key may have. */
function isWhole(table: Path, key: Path, { data }: LintSubject): boolean {
  const values = key[0] === 'input' ? (valuesAt(key) ?? valuesAt(key, true)) : undefined;
  const entries = valueAt(data, table.slice(1));
  return (
    values !== undefined &&
    isObject(entries) &&
    values.every((value) => Object.hasOwn(entries, String(value)))
  );
}

/** Whether the body has, as a condition of its own, that the table has the entry: then it is about listed ones alone. */
function hasGuard({ body: { rule, module } }: Objection, table: Path, { index }: LintSubject): boolean {
  const scope = scopeOfRule(rule, index.namesIn(module));
  return rule.body.some(({ terms, negated }) => {
    if (negated || !('type' in terms)) return false;
    const prefix = prefixOf(terms, scope);
    return prefix !== undefined && prefix.rest.length === 1 && dotted(prefix.path) === dotted(table);
  });
}
