import { Answer, type Decision, type Json, type JsonObject } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Sidecar } from './sidecar/sidecar.ts';
import { openSidecar } from './sidecar/sidecar.ts';
import { BrokenOpa, httpAnswer, type Misbehaviour } from './testing/broken-opa.ts';
import { makeContext, makeInput, makeListContext } from './testing/context.ts';
import { deciderOf } from './testing/decider.ts';
import { makeRelease } from './testing/release.ts';

const DEADLINE_MS = 100;
const PATIENCE_MS = 20_000;

const release = makeRelease('1.0.0+abc');
const context = makeContext(makeInput(), release);
const never = new AbortController().signal;

const ALLOW = {
  allow: true,
  outcome: 'allow',
  reasons: ['granted'],
  obligations: [{ kind: 'mask', fields: { '/action/args/iban': 'hash' } }],
  metadata: {
    policy_version: release.policyVersion,
    bundles: { identity: '1.0.0+000000000000' },
    matched_rules: ['identity.granted'],
    rules: [
      {
        rule: 'identity.granted',
        effect: 'allow',
        title: 'Granted',
        owner: 'tests',
        reason: 'granted',
        remediation: '',
        appeal_path: '',
      },
    ],
    overrides: [
      { id: 'o-1', lifts: ['compliance.x'], status: 'used', ticket: 'T-1', expires_at: 1_795_355_100 },
    ],
    resolution: 7,
    failures: [],
    audit_required: false,
    audit: { level: 'basic', retention_days: 180, controls: ['GDPR-44'] },
    appeal_path: '',
    mask: {},
  },
} as const satisfies JsonObject;

let opa: BrokenOpa;
let sidecar: Sidecar;

beforeAll(async () => {
  opa = await BrokenOpa.open(() => {});
  sidecar = await openSidecar({ opa: { kind: 'external', url: opa.url, token: undefined }, onLog: () => {} });
});
afterAll(async () => {
  await sidecar[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(opa.connections).toBe(0), PATIENCE_MS);
  await opa[Symbol.asyncDispose]();
});

async function decideWhen(misbehaviour: Misbehaviour, deadlineMs = PATIENCE_MS): Promise<Decision> {
  opa.misbehaviour = misbehaviour;
  const decision = await deciderOf(sidecar, [release], deadlineMs).decide(context, never);
  expect(Answer.parse(decision.answer)).toEqual(decision.answer);
  return decision;
}

const envelope = (result: string, revision: string = release.policyVersion) =>
  `{"provenance":{"bundles":{"release":{"revision":${JSON.stringify(revision)}}}}${result}}`;
const answering =
  (body: string): Misbehaviour =>
  (socket) =>
    socket.write(httpAnswer(200, body));
const resulting = (result: unknown) => answering(envelope(`,"result":${JSON.stringify(result)}`));

/** A valid answer, one byte at a time. */
const dribble: Misbehaviour = (socket) => {
  const bytes = httpAnswer(200, envelope(`,"result":${JSON.stringify(ALLOW)}`)).split('');
  opa.every(20, socket, () => socket.write(bytes.shift() ?? ''));
};

const unavailable = {
  outcome: 'deny',
  allow: false,
  metadata: { resolution: 1, policy_version: release.policyVersion },
};

describe('an engine that does not answer is a denial:', () => {
  test.each<[string, Misbehaviour]>([
    ['it accepts and never answers', () => {}],
    ['it sends a byte now and then', dribble],
  ])('%s', async (_what, misbehaviour) => {
    const startedMs = performance.now();
    const decisions = await Promise.all(
      Array.from({ length: 100 }, () => decideWhen(misbehaviour, DEADLINE_MS)),
    );
    expect(performance.now() - startedMs, 'waiting ones time out with the others').toBeLessThan(
      DEADLINE_MS * 10,
    );
    for (const { answer } of decisions) {
      const [reason = ''] = answer.reasons;
      // Who waits for an engine that is found to be late is turned away before its own time is up.
      expect(['evaluation_timeout', 'overloaded']).toContain(reason);
      expect(answer).toMatchObject({
        ...unavailable,
        reasons: [reason, 'policy_unavailable'],
        retryable: true,
        metadata: { engine: 'none', failures: [{ kind: reason }] },
      });
    }
    expect(decisions.some(({ answer }) => answer.reasons[0] === 'evaluation_timeout')).toBe(true);
    await vi.waitFor(() => expect(opa.connections).toBeLessThanOrEqual(1), PATIENCE_MS); // The probe's.
  });

  test('it is not there', async () => {
    const gone = await BrokenOpa.open(() => {});
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    await using nothing = await openSidecar({
      opa: { kind: 'external', url, token: undefined },
      onLog: () => {},
    });
    const { answer } = await deciderOf(nothing, [release]).decide(context, never);
    expect(answer).toMatchObject({
      ...unavailable,
      reasons: ['policy_unavailable'],
      metadata: { engine: 'none' },
    });
    expect(nothing.status()).toMatchObject({ ready: false });
  });
});

describe('an answer that is none of OPA’s is a denial that names it:', () => {
  test.each<[string, Misbehaviour, readonly string[]]>([
    ['500', (socket) => socket.write(httpAnswer(500, 'Oops', 'text/plain')), ['policy_unavailable']],
    ['HTML', answering('<html></html>'), ['evaluation_malformed', 'policy_unavailable']],
    [
      'truncated JSON',
      answering(envelope(',"result":{"allow":tr').slice(0, -1)),
      ['evaluation_malformed', 'policy_unavailable'],
    ],
    [
      '100 MB',
      (socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n"${'x'.repeat(8_000_000)}`),
      ['evaluation_malformed', 'policy_unavailable'],
    ],
  ])('%s', async (_what, misbehaviour, reasons) => {
    expect((await decideWhen(misbehaviour)).answer).toMatchObject({
      ...unavailable,
      reasons,
      retryable: true,
    });
  });
});

describe('nothing but the exact answer allows:', () => {
  test('the exact answer does', async () => {
    expect((await decideWhen(resulting(ALLOW))).answer).toMatchObject({
      outcome: 'allow',
      metadata: { resolution: 7 },
    });
  });

  test('undefined does not, and has a reason of its own', async () => {
    expect((await decideWhen(answering(envelope('')))).answer).toMatchObject({
      ...unavailable,
      reasons: ['evaluation_undefined', 'policy_unavailable'],
      retryable: false,
    });
  });

  test.each<[string, Json]>([
    ['an empty object', {}],
    ['null', null],
    ['true', true],
    ['the text "true"', 'true'],
    ['1', 1],
    ['a list', [ALLOW]],
    ['allow as text', { allow: 'true' }],
    ['allow alone', { allow: true }],
    ['an allow that is otherwise a denial', { ...ALLOW, outcome: 'deny' }],
    ['an allow whose row is a denial’s', { ...ALLOW, metadata: { ...ALLOW.metadata, resolution: 3 } }],
    [
      'an allow although something failed',
      { ...ALLOW, metadata: { ...ALLOW.metadata, failures: [{ kind: 'k', subject: 's' }] } },
    ],
    ['an allow with more to say', { ...ALLOW, because: 'I said so' }],
    ['an allow without reasons', { ...ALLOW, reasons: [] }],
    ['an obligation that nobody knows', { ...ALLOW, obligations: [{ kind: 'dance' }] }],
  ])('%s does not', async (_what, result) => {
    expect((await decideWhen(resulting(result))).answer).toMatchObject({
      ...unavailable,
      reasons: ['evaluation_malformed', 'policy_unavailable'],
    });
  });

  test.each([
    ['of another release', envelope(`,"result":${JSON.stringify(ALLOW)}`, '9.9.9+abc')],
    ['of no release', envelope(`,"result":${JSON.stringify(ALLOW)}`, '')],
    [
      'that names another policy version than its engine',
      envelope(`,"result":${JSON.stringify(ALLOW).replaceAll(release.policyVersion, '9.9.9+abc')}`),
    ],
  ])('an allow %s does not', async (_what, body) => {
    expect((await decideWhen(answering(body))).answer).toMatchObject({
      ...unavailable,
      reasons: ['revision_mismatch', 'policy_unavailable'],
      retryable: true,
    });
  });

  test('no change of shape or type anywhere in it does', async () => {
    const paths = pathsIn(ALLOW);
    const mutation = fc.record({
      path: fc.constantFrom(...paths),
      to: fc.oneof(fc.constant('delete' as const), fc.constant('extend' as const), fc.jsonValue()),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ path, to }) => {
        const mutated = mutate(ALLOW, path, to);
        fc.pre(mutated !== undefined);
        expect((await decideWhen(resulting(mutated))).answer.allow).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('no other JSON does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect((await decideWhen(resulting(value))).answer.allow).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('no other bytes do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const decision = await decideWhen((socket) => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`);
          socket.write(bytes);
        });
        expect(decision.answer.allow).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('where rules are watched,', () => {
  const watching = makeRelease(release.policyVersion, { 'identity.tried': { mode: 'watch' } });
  const decideWatching = async (misbehaviour: Misbehaviour) => {
    opa.misbehaviour = misbehaviour;
    const own = deciderOf(sidecar, [watching], PATIENCE_MS);
    return { ...(await own.decide(makeContext(makeInput(), watching), never)), events: own.events };
  };
  const [granted] = ALLOW.metadata.rules;
  const tried = { ...granted, rule: 'identity.tried', effect: 'deny' };

  test('what they say is told', async () => {
    const { answer, events } = await decideWatching(
      resulting({ decision: ALLOW, watched: { rules: [tried] } }),
    );
    expect(answer).toMatchObject({ outcome: 'allow', metadata: { watched_rules: ['identity.tried'] } });
    expect(events).toEqual([]);
  });

  test.each<[string, object]>([
    ['absent', {}],
    ['null', { watched: null }],
    ['a list', { watched: [tried] }],
    ['half a rule', { watched: { rules: [{ rule: 'identity.tried' }] } }],
    ['more to say', { watched: { rules: [], allow: false } }],
  ])('a watched part that is malformed changes nothing and is told of: %s', async (_what, part) => {
    const { answer, events } = await decideWatching(resulting({ decision: ALLOW, ...part }));
    expect(answer).toMatchObject({ outcome: 'allow', metadata: { watched_rules: [] } });
    expect(events).toMatchObject([{ entrypoint: 'bailiff/watched', reason: 'evaluation_malformed' }]);
  });

  test.each<[string, unknown]>([
    ['no decision', { watched: { rules: [] } }],
    ['a decision that is no answer', { decision: { ...ALLOW, allow: 1 }, watched: { rules: [] } }],
    [
      'a decision that contradicts itself',
      { decision: { ...ALLOW, outcome: 'deny' }, watched: { rules: [] } },
    ],
    ['a decision of another release', { decision: otherVersion(), watched: { rules: [] } }],
    ['more parts', { decision: ALLOW, watched: { rules: [] }, allow: true }],
    ['the decision alone', ALLOW],
  ])('an answer is a denial all the same when it has %s', async (_what, result) => {
    expect((await decideWatching(resulting(result))).answer).toMatchObject(unavailable);
  });

  test('an engine that breaks is not asked twice', async () => {
    let asked = 0;
    const { answer } = await decideWatching((socket, request) => {
      if (request.startsWith('POST ')) asked += 1; // It is also asked how it does.
      socket.write(httpAnswer(500, 'Oops', 'text/plain'));
    });
    expect(answer).toMatchObject({ ...unavailable, reasons: ['policy_unavailable'] });
    expect(asked).toBe(1);
  });

  function otherVersion(): Json {
    return { ...ALLOW, metadata: { ...ALLOW.metadata, policy_version: '9.9.9+fff' } };
  }
});

describe('a list shows nothing that was not answered exactly:', () => {
  const list = makeListContext(['a', 'b', 'c'], release);
  const decideList = async (result: Json) => {
    opa.misbehaviour = resulting(result);
    return deciderOf(sidecar, [release], PATIENCE_MS).decideList(list, never);
  };
  const seen = (visible: Json) => ({ visible, policy_version: release.policyVersion, mask: {} });

  test('positions in order are shown', async () => {
    expect(await decideList(seen([0, 2]))).toMatchObject({ visible: [0, 2], answer: { outcome: 'allow' } });
    expect(await decideList(seen([]))).toMatchObject({ visible: [], answer: { outcome: 'allow' } });
  });

  test.each<[string, Json]>([
    ['a position beyond the list', seen([0, 3])],
    ['a position twice', seen([1, 1])],
    ['positions out of order', seen([2, 0])],
    ['a negative position', seen([-1])],
    ['a fraction', seen([0.5])],
    ['everything', seen(true)],
    ['no version', { visible: [0] }],
    ['more to say', { ...seen([0]), allow: true }],
  ])('%s', async (_what, result) => {
    expect(await decideList(result)).toMatchObject({ visible: [], answer: unavailable });
  });
});

type Path = readonly (string | number)[];

/** Places whose keys are free, where one more is no change of shape. */
const RECORDS = ['obligations.0.fields', 'metadata.bundles'];

function pathsIn(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsIn(child, [...path, key]))];
}

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** A copy that differs at one place in shape or type; undefined where this change is none. */
function mutate(document: Json, path: Path, to: unknown): unknown {
  const copy = structuredClone({ document }) as Record<string, unknown>;
  let parent: Record<string | number, unknown> = copy;
  let key: string | number = 'document';
  for (const step of path) {
    parent = parent[key] as Record<string | number, unknown>;
    key = step;
  }
  const target = parent[key];
  if (to === 'delete') {
    if (path.length === 0 || Array.isArray(parent) || RECORDS.includes(path.slice(0, -1).join('.')))
      return undefined;
    delete parent[key];
  } else if (to === 'extend') {
    if (typeOf(target) !== 'object' || RECORDS.includes(path.join('.'))) return undefined;
    (target as Record<string, unknown>).extra = true;
  } else {
    if (typeOf(to) === typeOf(target)) return undefined;
    parent[key] = to;
  }
  return copy.document;
}
