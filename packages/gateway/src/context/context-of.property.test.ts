import { randomBytes } from 'node:crypto';
import { Configuration, Input, ListInput } from '@bailiff/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createContextOf } from './context-of.ts';
import { createConversations } from './conversations.ts';
import {
  anyCall,
  anyInput,
  anyName,
  anyRelease,
  anyTarget,
  withoutEntitlements,
} from './testing/any-input.ts';
import { releaseOf } from './testing/release-of.ts';

const configuration = Configuration.parse({
  policy: { directory: '.' },
  servers: { crm: { transport: 'stdio', command: 'node', region: 'eu-west' } },
});
const signal = new AbortController().signal;

function stageWith(release: ReturnType<typeof releaseOf> | undefined, clock = () => 1_795_355_100_000) {
  const conversations = createConversations({
    limits: configuration.conversations,
    clock,
    secret: randomBytes(32),
  });
  return createContextOf({ configuration, releases: { current: () => release }, conversations, clock });
}

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

test('any call, against any release or none, becomes an input that the schema accepts', async () => {
  await fc.assert(
    fc.asyncProperty(anyCall(), fc.option(anyRelease()), async (call, facts) => {
      const stage = stageWith(facts === null ? undefined : releaseOf(facts));
      const { input } = await stage.contextOf(call, signal);
      expect(Input.safeParse(input).error?.issues).toBeUndefined();
      expect(JSON.stringify(input.action.args)).toBe(JSON.stringify(call.args));
      expect(input.agent.id).toBe(call.principal.agentId);
      expect(input.user.id).toBe(call.principal.userId);
    }),
    { numRuns: 300 },
  );
});

test('any list, against any release or none, becomes an input that the schema accepts', async () => {
  const candidates = fc.array(fc.record({ target: anyTarget(), tool_name: anyName() }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(anyCall(), candidates, fc.option(anyRelease()), async (call, listed, facts) => {
      const { bytes: _bytes, given: _given, args: _args, ...rest } = call;
      const stage = stageWith(facts === null ? undefined : releaseOf(facts));
      const { input } = await stage.listContextOf({ ...rest, candidates: listed }, signal);
      expect(ListInput.safeParse(input).error?.issues).toBeUndefined();
      expect(input.candidates.map(({ target }) => target)).toEqual(listed.map(({ target }) => target));
    }),
    { numRuns: 200 },
  );
});

test('a target, agent or user whose name is on the prototype of every object is not registered by that', async () => {
  const stage = stageWith(
    releaseOf({
      catalogue: {
        data_classes: {},
        regions: {},
        servers: { crm: { title: 'CRM', data_classes: ['internal'], tools: {}, resources: [] } },
        models: {},
        subagents: {},
      },
      directory: { agents: {}, users: {} },
    }),
  );
  for (const name of PROTOTYPE_NAMES) {
    const [sample] = fc.sample(anyCall(), 1);
    if (sample === undefined) throw new Error('no call was generated');
    const principal = { ...sample.principal, agentId: name, userId: name };
    for (const server of ['crm', name]) {
      const target = { kind: 'tool' as const, id: `${server}.${name}` };
      const { input } = await stage.contextOf(
        { ...sample, principal, server, toolName: name, target },
        signal,
      );
      expect(input.agent).toMatchObject({ scope: 'unknown', owner_team: 'unknown' });
      expect(input.user).toMatchObject({ groups: [], data_classifications_authorized: [] });
      expect(input.action).toMatchObject({ blast_radius: 'high' });
      expect(input.action.region).toBe(server === 'crm' ? 'eu-west' : 'unknown');
    }
  }
});

function withListsReversed(value: unknown): unknown {
  if (Array.isArray(value))
    return value.every((item) => typeof item === 'string')
      ? value.toReversed()
      : value.map(withListsReversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withListsReversed(item)]));
}

test('what a call is never depends on the order in which the catalogue and the directory list names', async () => {
  await fc.assert(
    fc.asyncProperty(anyCall(), anyRelease(), async (call, facts) => {
      const reversed = withListsReversed(facts) as typeof facts;
      const inputs = await Promise.all(
        [facts, reversed].map((each) => stageWith(releaseOf(each)).contextOf(call, signal)),
      );
      const [first, second] = inputs.map(({ input }) => ({ ...input, context: null }));
      expect(second).toEqual(first);
    }),
  );
});

test('every generated input is one that the schema accepts, with and without entitlements', () => {
  fc.assert(
    fc.property(anyInput(), (input) => {
      expect(Input.safeParse(input).error?.issues).toBeUndefined();
      expect(Input.safeParse(withoutEntitlements(input)).success).toBe(true);
    }),
  );
});

type Path = readonly (string | number)[];

/** Every path of a document outside what its caller or the upstream wrote. */
function pathsOf(value: unknown, at: Path = []): Path[] {
  const isForeign = at.join('.') === 'action.args' || at.join('.') === 'result.structured';
  if (isForeign || typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, key]))];
}

function changedAt(input: Input, path: Path, change: (holder: Record<string, unknown>, key: string) => void) {
  const copy = structuredClone(input);
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], copy);
  change(holder as Record<string, unknown>, String(path.at(-1)));
  return copy;
}

/** Where null is a fact: nothing came back, nobody approved, or the upstream’s own value is null. */
const MAY_BE_NULL = new Set(['result', 'approval', 'result.structured']);
/** Whose keys are not fields: without one of them the document is another valid one. */
const OPEN_RECORDS = new Set(['usage', 'environment.flags']);

test('an input with any field outside the arguments null is refused', () => {
  fc.assert(
    fc.property(anyInput(), (input) => {
      for (const path of pathsOf(input).slice(1)) {
        if (MAY_BE_NULL.has(path.join('.'))) continue;
        const nulled = changedAt(input, path, (holder, key) => {
          holder[key] = null;
        });
        expect(Input.safeParse(nulled).success, path.join('.')).toBe(false);
      }
    }),
  );
});

test('an input with any field outside the arguments missing is refused', () => {
  fc.assert(
    fc.property(anyInput(), (input) => {
      for (const path of pathsOf(input).slice(1)) {
        const parent = path.slice(0, -1);
        const holder = parent.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], input);
        if (Array.isArray(holder) || OPEN_RECORDS.has(parent.join('.'))) continue;
        const lacking = changedAt(input, path, (from, key) => {
          delete from[key];
        });
        expect(Input.safeParse(lacking).success, path.join('.')).toBe(false);
      }
    }),
  );
});
