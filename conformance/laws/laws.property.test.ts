import { type Json, type JsonObject, type KernelAnswer, Obligation } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryDefaults } from '../synthetic-release.ts';
import { AskedKernel } from './ask-kernel.ts';
import { LAWS } from './laws.ts';
import { factPlacesOf, placesOf, withValueAt } from './places.ts';
import { anyOverride, anySaid, anyWorld, KINDS, type Said, saidBy, type World } from './worlds.ts';

let kernel: AskedKernel;
beforeAll(async () => {
  kernel = await AskedKernel.start();
});
afterAll(() => kernel[Symbol.asyncDispose]());

/** How much an answer opens: deny < approval_required < allow. */
const width = ({ outcome }: KernelAnswer): number => ['deny', 'approval_required', 'allow'].indexOf(outcome);

/** An answer but for the table of revisions, which tells of bundles that the call has nothing to do with. */
const heard = ({ metadata: { bundles: _bundles, ...metadata }, ...answer }: KernelAnswer) => ({
  ...answer,
  metadata,
});

/** Holds a property for many worlds; a failure prints the seed and the path to run it again with. */
async function always<Values extends unknown[]>(
  arbitraries: { [Position in keyof Values]: fc.Arbitrary<Values[Position]> },
  property: (...values: Values) => Promise<void>,
  numRuns = 120,
): Promise<void> {
  const values = fc.tuple<Values>(...arbitraries);
  await fc.assert(
    fc.asyncProperty(values, (several) => property(...several)),
    { numRuns },
  );
}

/** Where bundles stand that speak for a default call. */
const anyRoot = fc.constantFrom(
  ['policy', 'workflow'],
  ['policy', 'compliance'],
  ['policy', 'overrides'],
  ['policy', 'identity'],
  ['policy', 'resource'],
);

/** The world in which the bundle at `root` also says these findings, catalogued with `entry`. */
function alsoSaying(world: World, root: readonly string[], set: string, entry: JsonObject): World {
  const said = (world.policy[root[1] ?? ''] ?? {}) as Said;
  const finding: Json = set.endsWith('oblige') ? { id: 'added', ...(entry.duty as JsonObject) } : 'added';
  const { duty: _duty, ...fields } = entry;
  const kind = set.replace('watched_', '');
  const mode = set.startsWith('watched_') ? 'watch' : 'enforce';
  const changed = {
    ...said,
    [set]: [...((said[set] ?? []) as Json[]), finding],
    catalogue: {
      ...(said.catalogue as JsonObject),
      added: { ...entryDefaults('added'), kind, mode, ...fields } as unknown as Json,
    },
  };
  return { ...world, policy: { ...world.policy, [root[1] ?? '']: changed } };
}

test('the worlds that are tried reach every row but the first', async () => {
  const worlds = fc.sample(anyWorld, { seed: 7, numRuns: 300 });
  const rows = new Set((await kernel.decide(...worlds)).map(({ metadata }) => metadata.resolution));
  expect([...rows].sort()).toEqual([2, 3, 4, 5, 6, 7]);
});

describe('the order of things', () => {
  test(LAWS.order, async () => {
    await always([anyWorld, fc.infiniteStream(fc.nat())], async (world, numbers) => {
      const next = () => numbers.next().value ?? 0;
      const [before, after] = await kernel.decide(
        world,
        shuffled(world as unknown as Json, next) as unknown as World,
      );
      expect(after).toEqual(before);
    });
  });
});

describe('objections', () => {
  test(LAWS.objection, async () => {
    await always(
      [anyWorld, anyRoot, fc.boolean(), fc.constantFrom('low', 'critical')],
      async (world, root, overridable, severity) => {
        const more = alsoSaying(world, root, 'deny', { overridable, severity });
        const [before, after] = await kernel.decide(world, more);
        expect(width(after)).toBeLessThanOrEqual(width(before));
        expect(after.outcome).toBe('deny');
        expect(after.metadata.matched_rules).toContain(`${root[1]}.added`);
      },
    );
  });

  test(LAWS.override, async () => {
    await always([anyWorld, anyOverride], async (world, override) => {
      const { overrides } = world.release;
      const without = overrides.filter(({ id }) => id !== override.id);
      const others = { ...world, release: { ...world.release, overrides: without } };
      const all = { ...world, release: { ...world.release, overrides: [...without, override] } };
      const [more, fewer] = await kernel.decide(all, others);
      expect(width(fewer)).toBeLessThanOrEqual(width(more));
    });
  });
});

describe('grants', () => {
  test(LAWS.grant, async () => {
    const lists = ['servers', 'tools', 'subagents', 'data_classes'];
    await always([anyWorld, fc.constantFrom('identity', 'resource', ...lists)], async (world, taken) => {
      const { [taken]: said = {}, identity = {} } = world.policy;
      const less: Said = lists.includes(taken)
        ? { ...identity, capabilities: { ...(identity.capabilities as JsonObject), [taken]: [] } }
        : { ...said, allow: [] };
      const place = lists.includes(taken) ? 'identity' : taken;
      const [before, after] = await kernel.decide(world, {
        ...world,
        policy: { ...world.policy, [place]: less },
      });
      expect(width(after)).toBeLessThanOrEqual(width(before));
    });
  });

  test(LAWS.version, async () => {
    const listed = fc.uniqueArray(fc.constantFrom<string[]>('3.1.9', '3.2.0', '3.2', 'unknown'), {
      maxLength: 3,
    });
    const said = fc.constantFrom<string[]>('3.2.0', '3.1.9', 'unknown', '');
    await always([anyWorld, listed, said], async (world, versions, version) => {
      const input = world.input as JsonObject;
      const agent = { ...(input.agent as JsonObject), version };
      const asked = { ...world, input: { ...input, agent } };
      const release = { ...world.release, agents: { 'support-bot': versions } };
      const [before, after] = await kernel.decide(asked, { ...asked, release });
      if (versions.length === 0 || versions.includes(version)) expect(after).toEqual(before);
      else {
        expect(after.outcome).toBe('deny');
        expect(after.reasons[0]).toBe('agent_version_not_in_release');
      }
    });
  });

  test(LAWS.approval, async () => {
    await always([anyWorld], async (world) => {
      const input = world.input as JsonObject;
      const rules = ['workflow.r1', 'compliance.r1', 'compliance.r2', 'resource.r3'];
      const approval = { id: 'a-1', rules, approved_by: ['kim'], expires_at: '2026-11-22T14:00:00Z' };
      const asked = { ...world, input: { ...input, approval: null } };
      const [before, after] = await kernel.decide(asked, { ...world, input: { ...input, approval } });
      if (before.outcome === 'deny') expect(after.outcome).toBe('deny');
    });
  });
});

describe('bundles', () => {
  test(LAWS.others, async () => {
    await always([anyWorld, anySaid, fc.boolean()], async (world, said, mayGrant) => {
      const { release } = world;
      const registration = { bundle_required: true, may_grant: mayGrant };
      const revision = '1.0.0+0123456789ab';
      const more: World = {
        ...world,
        servers: { ...world.servers, added: said },
        subagents: { ...world.subagents, added: said },
        teams: { ...world.teams, added: { workflow: said, identity: said } },
        release: {
          ...release,
          servers: { ...release.servers, added: registration },
          subagents: { ...release.subagents, added: registration },
          teams: {
            ...release.teams,
            added: { workflow: { may_grant: mayGrant }, identity: { may_grant: mayGrant } },
          },
          bundles: {
            ...release.bundles,
            'servers/added': revision,
            'subagents/added': revision,
            'teams/added/workflow': revision,
            'teams/added/identity': revision,
          },
        },
      };
      const [before, after] = await kernel.decide(world, more);
      expect(heard(after)).toEqual(heard(before));
    });
  });

  test(LAWS.presence, async () => {
    await always([anyWorld, fc.constantFrom('resource', 'compliance', 'identity')], async (world, name) => {
      const { [name]: _said, ...others } = world.policy;
      const { [name]: _revision, ...bundles } = world.release.bundles;
      const [silent, empty, missing] = await kernel.decide(
        { ...world, policy: { ...others, [name]: saidBy([]) } },
        { ...world, policy: others },
        { ...world, policy: others, release: { ...world.release, bundles } },
      );
      expect(empty).toEqual(silent);
      expect(missing.metadata.resolution).toBe(1);
      expect(missing.metadata.failures).toContainEqual({ kind: 'bundle_missing', subject: name });
    });
  });
});

describe('affirmations and watched rules', () => {
  test(LAWS.affirmation, async () => {
    await always([anyWorld, anyRoot], async (world, root) => {
      const [before, after] = await kernel.decide(
        world,
        alsoSaying(world, root, 'affirm', { severity: 'critical' }),
      );
      expect(after.outcome).toBe(before.outcome);
      expect(after.metadata.resolution).toBe(before.metadata.resolution);
      expect(after.obligations).toEqual(before.obligations);
      expect(after.metadata.audit_required).toBe(before.metadata.audit_required);
    });
  });

  test(LAWS.watched, async () => {
    const sets = [...KINDS, 'allow'].map((kind) => `watched_${kind}`);
    await always([anyWorld, anyRoot, fc.constantFrom(...sets)], async (world, root, set) => {
      const more = alsoSaying(world, root, set, { duty: { kind: 'shred' } });
      const [before, after] = await kernel.decide(world, more);
      expect(after).toEqual(before);
    });
  });
});

describe('rules in their canary', () => {
  /** Of the agent of every world, by its team or its id, or not. */
  const anyCanary = fc.record({
    share: fc.constantFrom(0, 0.5, 0.99, 0.9903, 1),
    teams: fc.constantFrom<string[][]>([], ['cx'], ['ops', 'growth']),
  });

  test(LAWS.canary, async () => {
    await always(
      [anyWorld, anyRoot, fc.constantFrom(...KINDS), anyCanary],
      async (world, root, set, canary) => {
        const [name = '', { policy, release }] = [root[1], world];
        const enforced = alsoSaying(world, root, set, { duty: { kind: 'tag', tags: ['x'] } });
        const { [set]: said, catalogue, ...others } = enforced.policy[name] ?? {};
        const finding = (said as Json[]).at(-1) as Json;
        const { added, ...entries } = catalogue as JsonObject;
        const entry = { ...(added as JsonObject), mode: 'canary', canary };
        const more: World = {
          ...world,
          release: { ...release, canary_rules: { [name]: ['added'] } },
          policy: {
            ...policy,
            [name]: {
              ...others,
              [set]: (said as Json[]).slice(0, -1),
              canary_rules: { added: [finding] },
              catalogue: { ...entries, added: entry },
            },
          },
        };
        const { id = '', owner_team: team = '' } = (world.input as JsonObject).agent as Record<
          string,
          string
        >;
        const covered = canary.teams.includes(team) || PLACES[id] === undefined || PLACES[id] < canary.share;
        const [is, wanted] = await kernel.decide(more, covered ? enforced : world);
        expect(is).toEqual(wanted);
      },
    );
  });
});

/** Where the agent of every world stands: the first 48 bits of the SHA-256 of its id, from 0 to below 1. */
const PLACES: Readonly<Record<string, number>> = { 'support-bot': 0.9902704464655763 };

describe('what is malformed', () => {
  const wild = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;

  test(LAWS.finding, async () => {
    await always(
      [anyWorld, anyRoot, fc.constantFrom(...KINDS, 'allow'), fc.oneof(wild, fc.constant('ghost'))],
      async (world, root, set, value) => {
        const name = root[1] ?? '';
        const said = world.policy[name] ?? {};
        const known = Object.keys((said.catalogue ?? {}) as JsonObject);
        fc.pre(typeof value !== 'string' || !known.includes(value));
        const more = { ...said, [set]: [...((said[set] ?? []) as Json[]), value] };
        const [answer] = await kernel.decide({ ...world, policy: { ...world.policy, [name]: more } });
        expect(answer.metadata.resolution).toBe(1);
        expect(answer.reasons).toEqual(['policy_unavailable']);
      },
    );
  });

  test(LAWS.duty, async () => {
    const odd = fc.record({
      kind: fc.oneof(fc.constantFrom('mask', 'limit', 'allow_only', 'audit', 'notify', 'tag'), wild),
      fields: wild,
      limits: wild,
    }) as fc.Arbitrary<JsonObject>;
    await always([anyWorld, odd], async (world, duty) => {
      fc.pre(!Obligation.safeParse(duty).success);
      const [answer] = await kernel.decide(alsoSaying(world, ['policy', 'workflow'], 'oblige', { duty }));
      expect(answer.outcome).toBe('deny');
    });
  });

  test(LAWS.input, async () => {
    await always(
      [anyWorld, fc.nat(), fc.constantFrom<(Json | undefined)[]>(null, undefined)],
      async (world, pick, value) => {
        const input = world.input as JsonObject;
        const places = factPlacesOf(input);
        const place = places[pick % places.length] ?? '/schema';
        const [answer] = await kernel.decide({ ...world, input: withValueAt(input, place, value) });
        expect(answer.metadata.resolution).toBe(1);
        expect(answer.metadata.failures[0]?.kind).toBe('input_invalid');
      },
    );
  });

  test(LAWS.total, async () => {
    await always(
      [anyWorld, fc.constantFrom('input', 'release', 'policy', 'servers', 'teams'), fc.nat(), wild],
      async (world, part, pick, value) => {
        const whole = { [part]: world[part as keyof World] } as JsonObject;
        const places = placesOf(whole);
        const place = places[pick % places.length] ?? `/${part}`;
        const hostile = { ...world, ...withValueAt(whole, place, value) } as World;
        await kernel.decide(hostile); // parses the answer
      },
      400,
    );
  });
});

describe('lists', () => {
  test(LAWS.list, async () => {
    await always([anyWorld], async (world) => {
      const input = world.input as JsonObject;
      const action = input.action as JsonObject;
      const candidate = Object.fromEntries(
        ['target', 'server', 'tool', 'tool_name', 'effects', 'blast_radius', 'data_classes_referenced'].map(
          (field) => [field, action[field] as Json],
        ),
      );
      const listed = await kernel.list({ ...world, input: { ...input, candidates: [candidate] } });
      const [answer] = await kernel.decide(world);
      if (listed.length === 0) expect(answer.outcome).toBe('deny');
    });
  });
});

/** The same arrays in another order, some elements twice; arrays of the input keep theirs, which means something. */
function shuffled(value: Json, next: () => number, key = ''): Json {
  if (key === 'input') return value;
  if (Array.isArray(value)) {
    const elements = value.map((element) => shuffled(element as Json, next));
    return [...elements, ...elements.slice(0, next() % 2)]
      .map((element) => ({ element, rank: next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ element }) => element);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, shuffled(inner as Json, next, name)]),
  );
}
