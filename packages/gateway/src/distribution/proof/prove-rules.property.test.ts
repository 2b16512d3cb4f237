import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObservedRule, Switches } from './observed-modules.ts';
import { type ObservingEngine, type Probe, proveRules } from './prove-rules.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

function ruleOf(name: string): ObservedRule {
  const file = 'compliance/x.rego';
  return {
    ...{ id: `compliance.${name}`, bundle: 'compliance', kind: 'deny', name, file },
    row: NAMES.indexOf(name) + 1,
    heads: [`${file}:${NAMES.indexOf(name) + 1}`],
    seen: 'data.policy.compliance.bailiff_seen_deny',
  };
}

/** A test as a person writes it: an input under which some rules fire, and what is said of the set then. */
interface Said {
  readonly firing: readonly string[];
  readonly says:
    | { readonly kind: 'in' | 'not_in'; readonly name: string }
    | { readonly kind: 'equals' | 'holds_some' };
}

const said: fc.Arbitrary<Said> = fc.record({
  firing: fc.subarray(NAMES),
  says: fc.oneof(
    fc.record({ kind: fc.constantFrom('in' as const, 'not_in' as const), name: fc.constantFrom(...NAMES) }),
    fc.record({ kind: fc.constantFrom('equals' as const, 'holds_some' as const) }),
  ),
});

/** Rules that stay silent whatever the input, and rules that fire whatever it is. */
function setOf({ firing }: Said, { muted, forced }: Switches): Set<string> {
  const held = firing.filter((name) => !muted.some((rule) => rule.name === name));
  return new Set([...held, ...forced.map(({ name }) => name)]);
}

function isTrue(one: Said, set: ReadonlySet<string>): boolean {
  const { says } = one;
  switch (says.kind) {
    case 'in':
      return set.has(says.name);
    case 'not_in':
      return !set.has(says.name);
    case 'equals':
      return set.symmetricDifference(new Set(one.firing)).size === 0;
    case 'holds_some':
      return set.size >= 0;
  }
}

function engineOf(tests: readonly Said[]): ObservingEngine {
  return {
    evaluate(entrypoint, switches) {
      const one = tests[Number(entrypoint)] as Said;
      const fired = one.firing.flatMap((name) => ruleOf(name).heads);
      return {
        text: isTrue(one, setOf(one, switches)) ? 'true' : undefined,
        fired: () => new Set([...fired, ruleOf('a').seen]),
      };
    },
  };
}

const probesOf = (tests: readonly Said[]): Probe[] =>
  tests.map((_test, index) => ({
    ...{ name: `test_${index}`, entrypoint: String(index), isStrict: false },
    holds: (value) => value === 'true',
  }));

test('a rule is shown what some test that holds would not hold without, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 6 }), async (tests) => {
      const rules = NAMES.map(ruleOf);
      const { proofs, notHeld } = await proveRules(rules, probesOf(tests), {
        engine: engineOf(tests),
        pause: async () => {},
      });
      const holding = tests.filter((one) => isTrue(one, setOf(one, { muted: [], forced: [] })));
      expect(notHeld.length).toBe(tests.length - holding.length);
      const isNoticed = (switches: Switches) => holding.some((one) => !isTrue(one, setOf(one, switches)));
      for (const { rule, firesIn, silentIn, fired } of proofs) {
        expect(firesIn !== undefined).toBe(isNoticed({ muted: [rule], forced: [] }));
        expect(silentIn !== undefined).toBe(isNoticed({ muted: [], forced: [rule] }));
        expect(fired.length).toBe(holding.filter(({ firing }) => firing.includes(rule.name)).length);
      }
    }),
  );
});
