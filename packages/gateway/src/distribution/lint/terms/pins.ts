/** Which servers’ tools a condition may be about, as far as it compares their names with constants. */

import type { IndexedRule, RuleIndex } from '../../analysis/rule-index.ts';
import type { BundleSubject } from '../../sources/bundle-name.ts';
import { type Body, scopeOfRule } from './bodies.ts';
import { type Fact, factOf } from './facts.ts';

/** Undefined stands for any. */
export interface Pins {
  readonly servers: ReadonlySet<string> | undefined;
  /** Names of tools as their servers list them. */
  readonly names: ReadonlySet<string> | undefined;
}

/** A condition that may be about any tool. */
export const ANY_TOOL: Pins = { servers: undefined, names: undefined };

/** What a body says of the tool that it is about, narrowed from `outer`. */
export function pinsOf({ expressions, scope }: Pick<Body, 'expressions' | 'scope'>, outer = ANY_TOOL): Pins {
  let pins = outer;
  for (const expression of expressions) {
    const fact = factOf(expression, scope);
    if (fact !== undefined) pins = both(pins, pinsOfFact(fact));
  }
  return pins;
}

/** Pins that the bundle’s own subject gives all its rules. */
export function pinsOfSubject(subject: BundleSubject): Pins {
  switch (subject.kind) {
    case 'server':
      return { ...ANY_TOOL, servers: new Set([subject.server]) };
    case 'subagent':
      return { servers: new Set(['agents']), names: new Set([subject.subagent]) };
    case 'category':
    case 'team':
      return ANY_TOOL;
  }
}

/** The pins of a rule’s own body. */
export function pinsOfRule({ rule, module }: IndexedRule, index: RuleIndex, outer: Pins): Pins {
  return pinsOf({ expressions: rule.body, scope: scopeOfRule(rule, index.namesIn(module)) }, outer);
}

/** What fulfils both. */
export function both(a: Pins, b: Pins): Pins {
  return { servers: common(a.servers, b.servers), names: common(a.names, b.names) };
}

/** What fulfils one or the other. */
export function either(a: Pins, b: Pins): Pins {
  const joined = (one: Pins['names'], other: Pins['names']) =>
    one === undefined || other === undefined ? undefined : one.union(other);
  return { servers: joined(a.servers, b.servers), names: joined(a.names, b.names) };
}

/** Whether no call is what both are about. */
export function areApart(a: Pins, b: Pins): boolean {
  const { servers, names } = both(a, b);
  return servers?.size === 0 || names?.size === 0;
}

function pinsOfFact({ path, relation, constants }: Fact): Pins {
  if (relation !== 'equal' && relation !== 'member') return ANY_TOOL;
  const values = constants.map(({ value }) => String(value));
  switch (path.join('.')) {
    case 'input.action.tool':
      return {
        servers: new Set(values.map((tool) => tool.slice(0, Math.max(0, tool.indexOf('.'))))),
        names: new Set(values.map((tool) => tool.slice(tool.indexOf('.') + 1))),
      };
    case 'input.action.tool_name':
      return { ...ANY_TOOL, names: new Set(values) };
    case 'input.action.server':
      return { ...ANY_TOOL, servers: new Set(values) };
    case 'input.action.subagent':
      return { ...ANY_TOOL, names: new Set(values) };
    default:
      return ANY_TOOL;
  }
}

function common(
  a: ReadonlySet<string> | undefined,
  b: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.intersection(b);
}
