import type { LintFinding } from '../finding.ts';
import { dotted, type LintSubject } from '../subject.ts';
import { type Body, bodiesOf } from '../terms/bodies.ts';
import { callsIn } from '../terms/calls.ts';
import { type CallersValue, callersValue, type Known, knownBy } from '../terms/guards.ts';
import { ARGUMENTS } from '../terms/paths.ts';
import { type Pins, pinsOf, pinsOfSubject } from '../terms/pins.ts';
import { type ToolDefinitions, typeOfArgument } from '../tool-definitions.ts';
import { DEMANDS, type Demand, type OperandType } from './builtin-operands.ts';

/** Built-ins that are given the caller’s value before the body has asked what it is. */
export function builtinFindings({ bundles, index, tools }: LintSubject): LintFinding[] {
  return bundles.flatMap(({ source, modules }) => {
    const own = new Set(modules);
    const outer = pinsOfSubject(source.subject);
    return index.rules
      .filter(({ module }) => own.has(module))
      .flatMap(({ module, rule }) => {
        const bodies = [...bodiesOf(rule, index.namesIn(module))];
        // What a rule asks before it opens a comprehension holds inside it.
        const [whole] = bodies;
        const around = whole === undefined ? [] : whole.expressions;
        return bodies.flatMap((body) =>
          failuresIn(body, { around, tools, pins: pinsOf({ ...body, expressions: around }, outer) }).map(
            (found) => ({
              file: module.source.file,
              ...found,
            }),
          ),
        );
      });
  });
}

interface Surroundings {
  readonly around: Body['expressions'];
  readonly tools: ToolDefinitions;
  readonly pins: Pins;
}

function failuresIn(
  { expressions, scope, rule }: Body,
  { around, tools, pins }: Surroundings,
): Omit<LintFinding, 'file'>[] {
  const found: Omit<LintFinding, 'file'>[] = [];
  const outer = rule === undefined ? around : [];
  for (const [position, expression] of expressions.entries()) {
    const calls = callsIn(expression).filter(({ name }) => DEMANDS.has(name));
    if (calls.length === 0) continue;
    const known = knownBy([...outer, ...expressions.slice(0, position)], scope);
    for (const { name, operands, row } of calls) {
      for (const demand of DEMANDS.get(name) ?? []) {
        const operand = operands[demand.operand];
        const value = operand && callersValue(operand, scope);
        if (value === undefined || isMet(demand, known.get(value.name), declared(value, pins, tools)))
          continue;
        found.push(finding(name, demand, { value, row }));
      }
    }
  }
  return found;
}

/** What the definitions of the tools say that a value is. */
function declared({ path, isElement }: CallersValue, pins: Pins, tools: ToolDefinitions): string | undefined {
  return isElement ? undefined : typeOfArgument(path.slice(ARGUMENTS.length), pins, tools);
}

function isMet({ types, isParsed }: Demand, known: Known | undefined, type: string | undefined): boolean {
  if (isParsed) return known?.hasForm === true;
  return types.some((wanted) => known?.types.has(wanted) || type === wanted);
}

const GUARDS: Readonly<Record<OperandType, string>> = {
  string: 'is_string',
  number: 'is_number',
  array: 'is_array',
  object: 'is_object',
  collection: 'is_array',
};

function finding(
  name: string,
  { types, isParsed }: Demand,
  { value, row }: { readonly value: CallersValue; readonly row: number },
): Omit<LintFinding, 'file'> {
  const what = value.isElement ? `an element of \`${dotted(value.path)}\`` : `\`${dotted(value.path)}\``;
  const [type = 'string'] = types;
  const mend = isParsed
    ? 'Ask for its form first, in a condition before it: `regex.match` on a pattern of yours, and `is_string` before that.'
    : `Ask for its type first, in a condition before it: \`${GUARDS[type]}(…)\`; refuse the others in a body of their own.`;
  return {
    row,
    code: 'builtin_may_fail',
    severity: 'warning',
    detail: `\`${name}\` fails where ${what} is not what it takes: the call is refused as unusable, and by an OPA without strict errors the rule is passed over.`,
    mend,
  };
}
