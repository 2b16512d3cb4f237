import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReleaseVector } from '../releases/release-store.ts';
import { ATTEMPTS_MAX, type Attempt, mostThatPasses } from './hold-back.ts';
import { differingParts, REGISTRY } from './target.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const NAMES = Array.from({ length: 12 }, (_, index) => `teams/t${index}/resource`);

function vector(parts: Readonly<Record<string, string>>, registry = 'one'): ReleaseVector {
  return {
    registry: new Map([[REGISTRY, bytes(registry)]]),
    parts: new Map(
      Object.entries(parts).map(([name, text]) => [
        name,
        { files: new Map([['bundle.yaml', bytes(text)]]), place: name, author: '' },
      ]),
    ),
  };
}
const textOf = ({ parts }: ReleaseVector, name: string) =>
  new TextDecoder().decode(parts.get(name)?.files.get('bundle.yaml'));

/** Which parts are new, which of these are bad, and of which of the bad ones somebody can tell. */
const situations = fc.record({
  changed: fc.subarray(NAMES, { minLength: 1 }),
  bad: fc.subarray(NAMES),
  told: fc.subarray(NAMES),
  changesRegistry: fc.boolean(),
});
type Situation = typeof situations extends fc.Arbitrary<infer Value> ? Value : never;

async function choose({ changed, bad, told, changesRegistry }: Situation, order = changed) {
  const good = vector(Object.fromEntries(NAMES.map((name) => [name, 'old'])));
  const parts = Object.fromEntries([
    ...NAMES.map((name) => [name, 'old'] as const),
    ...order.map((name) => [name, bad.includes(name) ? 'bad' : 'new'] as const),
  ]);
  const wanted = vector(parts, changesRegistry ? 'two' : 'one');
  const tried: ReleaseVector[] = [];
  const attempt = async (candidate: ReleaseVector): Promise<Attempt<number>> => {
    tried.push(candidate);
    const wrong = NAMES.filter((name) => textOf(candidate, name) === 'bad');
    if (wrong.length === 0) return { kind: 'passed', value: tried.length };
    const blamed = wrong.filter((name) => told.includes(name));
    return { kind: 'refused', check: 'tests', findings: [], blamed };
  };
  return { ...(await mostThatPasses({ good, wanted }, attempt)), good, wanted, tried };
}

describe('of changes that do not depend on each other', () => {
  test('exactly those that pass go out, and exactly the others are held back', async () => {
    await fc.assert(
      fc.asyncProperty(situations, async (situation) => {
        const { changed, bad, changesRegistry } = situation;
        const { vector: chosen, held, value, good, wanted, tried } = await choose(situation);
        expect([...held.keys()].sort()).toEqual(changed.filter((name) => bad.includes(name)).sort());
        const out = changed.filter((name) => !bad.includes(name));
        const names = [...(changesRegistry ? [REGISTRY] : []), ...out.sort()];
        expect(differingParts(good, chosen)).toEqual(names);
        expect(differingParts(chosen, wanted).every((name) => held.has(name))).toBe(true);
        expect(value !== undefined).toBe(names.length > 0);
        expect(tried.length).toBeLessThanOrEqual(ATTEMPTS_MAX);
      }),
    );
  });

  test('their order makes no difference', async () => {
    const ordered = situations.chain((situation) =>
      fc.record({
        situation: fc.constant(situation),
        order: fc.shuffledSubarray(situation.changed, { minLength: situation.changed.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(ordered, async ({ situation, order }) => {
        const [one, other] = [await choose(situation), await choose(situation, order)];
        expect(differingParts(one.vector, other.vector)).toEqual([]);
        expect([...one.held.keys()].sort()).toEqual([...other.held.keys()].sort());
      }),
    );
  });
});

/** Any verdicts at all, as parts that depend on each other give them: by a hash of what is tried. */
test('whatever the verdicts: what passed goes out as it was tried, nothing of it is held, and the attempts are bounded', async () => {
  const verdicts = fc.record({
    changed: fc.subarray(NAMES, { minLength: 1 }),
    passes: fc.func(fc.boolean()),
    blames: fc.func(fc.subarray([...NAMES, REGISTRY, 'nobody'])),
    changesRegistry: fc.boolean(),
    added: fc.subarray(['servers/a', 'servers/b']),
  });
  await fc.assert(
    fc.asyncProperty(verdicts, async ({ changed, passes, blames, changesRegistry, added }) => {
      const good = vector(Object.fromEntries(NAMES.map((name) => [name, 'old'])));
      const parts = [...NAMES.map((name) => [name, 'old']), ...changed.map((name) => [name, 'new'])];
      const wanted = vector(
        Object.fromEntries([...parts, ...added.map((name) => [name, 'new'])]),
        changesRegistry ? 'two' : 'one',
      );
      const passed = new Map<ReleaseVector, number>();
      let attempts = 0;
      // What is blamed after it passed was well before the part that it is tried with.
      const wellBefore = new Set<string>();
      const blamedBefore = new Set<string>();
      const triedAgain = new Map<string, number>();
      const attempt = async (candidate: ReleaseVector): Promise<Attempt<number>> => {
        attempts += 1;
        const names = differingParts(good, candidate);
        for (const name of names.filter((name) => blamedBefore.has(name)))
          triedAgain.set(name, (triedAgain.get(name) ?? 0) + 1);
        if (passes(names)) {
          passed.set(candidate, attempts);
          for (const name of names) wellBefore.add(name);
          return { kind: 'passed', value: attempts };
        }
        const blamed = blames(names).filter((name) => names.includes(name));
        for (const name of blamed) if (!wellBefore.has(name)) blamedBefore.add(name);
        return { kind: 'refused', check: 'tests', findings: [], blamed };
      };
      const choice = await mostThatPasses({ good, wanted }, attempt);
      const out = differingParts(good, choice.vector);
      // Once more, beside what was taken: what it was blamed beside may be held by now. What is taken then stays.
      const again = [...triedAgain].filter(([name]) => !out.includes(name));
      expect(again.filter(([, times]) => times > 1)).toEqual([]);
      expect(attempts).toBeLessThanOrEqual(ATTEMPTS_MAX);
      expect(out.filter((name) => choice.held.has(name))).toEqual([]);
      expect([...out, ...choice.held.keys()].sort()).toEqual(differingParts(good, wanted).sort());
      if (out.length > 0) expect(passed.get(choice.vector)).toBe(choice.value);
    }),
  );
});

test('nothing goes out where nothing passes, within the attempts that one delivery has', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `teams/t${index}/resource`);
  const good = vector(Object.fromEntries(many.map((name) => [name, 'old'])));
  const wanted = vector(Object.fromEntries(many.map((name) => [name, 'new'])));
  let attempts = 0;
  const {
    value,
    held,
    vector: chosen,
  } = await mostThatPasses({ good, wanted }, async () => {
    attempts += 1;
    return { kind: 'refused', check: 'laws', findings: [], blamed: [] };
  });
  expect([value, chosen, attempts]).toEqual([undefined, good, ATTEMPTS_MAX]);
  expect(held.size).toBe(200);
  expect(held.get('teams/t199/resource')?.check).toBe('not_tried');
});

test('one bad part among two hundred, of which nothing tells, is found', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `teams/t${index}/resource`);
  const good = vector(Object.fromEntries(many.map((name) => [name, 'old'])));
  const wanted = vector(Object.fromEntries(many.map((name) => [name, 'new'])));
  const { held } = await mostThatPasses({ good, wanted }, async (candidate) =>
    textOf(candidate, 'teams/t77/resource') === 'new'
      ? { kind: 'refused', check: 'laws', findings: [], blamed: [] }
      : { kind: 'passed', value: 1 },
  );
  expect([...held.keys()]).toEqual(['teams/t77/resource']);
});

test('a bundle that only the new registry names goes out with it, or waits with it', async () => {
  const good = vector({ resource: 'old' });
  const wanted = vector({ resource: 'new', 'servers/a': 'new' }, 'two');
  const needs = (candidate: ReleaseVector) =>
    new TextDecoder().decode(candidate.registry.get(REGISTRY)) === 'two';
  const attempt = async (candidate: ReleaseVector): Promise<Attempt<number>> => {
    const blamed = textOf(candidate, 'resource') === 'new' ? [] : [REGISTRY];
    if (needs(candidate) !== candidate.parts.has('servers/a'))
      return { kind: 'refused', check: 'compose', findings: [], blamed };
    if (textOf(candidate, 'resource') === 'new')
      return { kind: 'refused', check: 'laws', findings: [], blamed: [] };
    return { kind: 'passed', value: 1 };
  };
  const { held, vector: chosen } = await mostThatPasses({ good, wanted }, attempt);
  expect([...held.keys()]).toEqual(['resource']);
  expect(differingParts(good, chosen)).toEqual([REGISTRY, 'servers/a']);
});

test('a change that another one broke goes out once that one is held', async () => {
  const good = vector({ 'teams/a/compliance': 'old', 'teams/b/compliance': 'old' });
  const wanted = vector({ 'teams/a/compliance': 'new', 'teams/b/compliance': 'new' });
  // The new a breaks the tests of b, whose own change is fine, and does not pass by itself either.
  const attempt = async (candidate: ReleaseVector): Promise<Attempt<string>> => {
    const names = differingParts(good, candidate);
    if (!names.includes('teams/a/compliance')) return { kind: 'passed', value: names.join() };
    const blamed = names.includes('teams/b/compliance') ? ['teams/b/compliance'] : names;
    return { kind: 'refused', check: 'tests', findings: [], blamed };
  };
  const choice = await mostThatPasses({ good, wanted }, attempt);
  expect([choice.value, [...choice.held.keys()]]).toEqual(['teams/b/compliance', ['teams/a/compliance']]);
});
