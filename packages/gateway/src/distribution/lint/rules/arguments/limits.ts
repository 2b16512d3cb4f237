import type { DecisionRule } from '../../../analysis/decision-rules.ts';
import type { LintFinding } from '../../finding.ts';
import { dotted, type LintedBundle, type LintSubject } from '../../subject.ts';
import { NeedsFinder } from '../../terms/needs.ts';
import { ARGUMENTS } from '../../terms/paths.ts';
import { areApart, both, type Pins, pinsOfSubject } from '../../terms/pins.ts';
import { isRequired, typeOfArgument } from '../../tool-definitions.ts';
import { lengthWords, nameOf, type Ordered, type Orders, ordersOf, refusalOf } from './ordered-arguments.ts';

/** One body of an objection or a demand. */
interface Objection {
  readonly bundle: LintedBundle;
  readonly rule: DecisionRule;
  readonly orders: Orders;
  readonly pins: Pins;
}

/**
 * Limits that are passed by leaving the argument out, or by sending what is no number: Rego has an order of all values, in which
 * null, false and true come before every number, and texts after. Left alone is an argument that an objection of the same bundle or
 * of a category refuses where it is of another type, for the same tools; one whose type every tool in question declares; and a rule
 * whose METADATA says what is meant. `told`: what was found before, which is not said twice.
 */
export function limitFindings(subject: LintSubject, told: readonly LintFinding[]): LintFinding[] {
  const objections = objectionsOf(subject);
  const byPlace = new Map<string, LintFinding>();
  for (const objection of objections) {
    const { bundle, rule, orders } = objection;
    if (bundle.catalogue.get(rule.id)?.when_missing !== undefined) continue;
    for (const ordered of orders.ordered) {
      if (!isOpen(ordered, objection, subject) || isRefused(ordered, objection, objections)) continue;
      if (isTold(ordered, rule, told)) continue;
      const key = `${ordered.file}:${ordered.row}:${dotted(ordered.path)}`;
      if (!byPlace.has(key)) byPlace.set(key, finding(ordered, rule));
    }
  }
  return [...byPlace.values()];
}

function objectionsOf({ bundles, index }: LintSubject): readonly Objection[] {
  const finder = new NeedsFinder(index);
  return bundles.flatMap((bundle) =>
    bundle.rules
      .filter(({ kind }) => kind === 'deny' || kind === 'require_approval')
      .flatMap((rule) =>
        rule.bodies.map((body) => ({
          ...{ bundle, rule, orders: ordersOf(body, index) },
          pins: both(finder.of(body).pins, pinsOfSubject(bundle.source.subject)),
        })),
      ),
  );
}

/** Whether a value of another type, or none, may come to be compared and keep the rule from firing. */
function isOpen(ordered: Ordered, { pins }: Objection, { tools }: LintSubject): boolean {
  const { path, isElement, type, fallback, isGuarded, isNegated } = ordered;
  // After `not`, a helper that asks for the type makes the rule fire; elsewhere it is silent, as without a default.
  if (isGuarded) return !isNegated && fallback !== undefined;
  if (isElement) return true;
  const argument = path.slice(ARGUMENTS.length);
  const isDeclared = typeOfArgument(argument, pins, tools) === type;
  return !isDeclared || !(fallback === undefined || fallback === type || isRequired(argument, pins, tools));
}

function isRefused(ordered: Ordered, objection: Objection, objections: readonly Objection[]): boolean {
  return objections.some(({ bundle, orders, pins }) => {
    const isHeard = bundle === objection.bundle || bundle.source.subject.kind === 'category';
    return isHeard && !areApart(pins, objection.pins) && orders.refused.has(nameOf(ordered));
  });
}

function isTold(
  { path, fallback, isGuarded, isElement }: Ordered,
  { id }: DecisionRule,
  told: readonly LintFinding[],
) {
  if (fallback !== undefined || isGuarded || isElement) return false;
  return told.some(
    ({ code, detail }) =>
      code === 'argument_missing_silences' &&
      detail.includes(`\`${dotted(path)}\``) &&
      detail.includes(`\`${id}\``),
  );
}

function finding(ordered: Ordered, { kind, id }: DecisionRule): LintFinding {
  const { path, isElement, type, isGuarded, isOwn, isNegated, file, row } = ordered;
  const thing = type === 'number' ? 'number' : 'text';
  const what = isElement ? `an element of \`${dotted(path)}\`` : `\`${dotted(path)}\``;
  const detail = isGuarded
    ? `Where ${what} is missing or no ${thing} the rule \`${id}\` does not fire, and nothing refuses it.`
    : `Where ${what} is missing or no ${thing} it is compared all the same, and the rule \`${id}\` may not fire: null, false and true come before every number, texts after.`;
  const asked = `Ask \`is_${type}(…)\` of it in a condition before`;
  const mend = isElement
    ? `${asked}, and refuse an element that is none in a body of its own.`
    : isOwn || !isNegated
      ? `${isGuarded ? 'Refuse' : `Leave the comparison, and refuse`} what is no ${thing} in a body of its own: \`${refusalOf(kind, id, ordered)}\`.`
      : `${asked}: what is no ${thing} then does not pass as what is within the limit.`;
  const words = isElement ? '' : lengthWords(path);
  return { file, row, code: 'argument_order_silences', severity: 'warning', detail, mend: `${words}${mend}` };
}
