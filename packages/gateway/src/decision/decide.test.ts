import { Answer, type CallContext, type Decision, type Input, type Release } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Engine, Entrypoint } from './engine.ts';
import { makeContext, makeInput, makeListContext } from './testing/context.ts';
import { type Decider, deciderOf, type RunningOpa, runOpa } from './testing/decider.ts';
import { buildPolicies } from './testing/policies.ts';

const PATIENCE_MS = 20_000;
const patience = () => AbortSignal.timeout(PATIENCE_MS);

let release: Release;
let other: Release;
let opa: RunningOpa;
let decider: Decider;

beforeAll(async () => {
  [release, other] = await Promise.all([buildPolicies('1.0.0'), buildPolicies('2.0.0')]);
  opa = await runOpa(release.bundle);
  decider = deciderOf(opa.sidecar, [release]);
});
afterAll(() => opa[Symbol.asyncDispose]());

/** Every answer is held against the contract. */
async function decide(context: CallContext, by: Decider = decider): Promise<Decision> {
  const decision = await by.decide(context, patience());
  expect(Answer.parse(decision.answer)).toEqual(decision.answer);
  return decision;
}

const call = (args: Input['action']['args'], rest: Partial<Input> = {}) =>
  makeContext(makeInput({ args }, rest), release);
const inContext = (facts: Partial<Input['context']>) => ({ context: { ...makeInput().context, ...facts } });

describe('an allow', () => {
  test('carries the kernel’s answer and what the gateway adds', async () => {
    const context = call({ rows: 20 });
    const { answer, ...decision } = await decide(context);
    expect(answer).toMatchObject({
      allow: true,
      outcome: 'allow',
      reasons: ['agent_in_scope', 'tool_granted'],
      metadata: {
        decision_id: '01J00000000000000000000000',
        policy_version: release.policyVersion,
        bundles: release.data.bundles,
        resolution: 7,
        watched_rules: [],
        engine: 'sidecar',
        rate_limits: [],
        rate_limit_remaining: null,
        simulated: false,
        defaulted: [],
      },
    });
    expect(decision).toEqual({
      engine: 'sidecar',
      releaseDigest: release.digest,
      decisionMs: answer.metadata.latency_ms,
      inputText: JSON.stringify(context.input),
    });
    expect(answer.metadata.latency_ms).toBeGreaterThan(0);
  });

  test('names what was filled in and that it was simulated', async () => {
    const base = call({});
    const given = { simulated: true, trusted: false, input: {} };
    const context = { ...base, call: { ...base.call, given }, defaulted: ['context.turn_count'] };
    const { answer } = await decide(context);
    expect(answer.metadata).toMatchObject({ simulated: true, defaulted: ['context.turn_count'] });
  });
});

describe('a denial', () => {
  test('offers only what was decided again and allowed', async () => {
    const { answer } = await decide(call({ rows: 1_000 }));
    expect(answer).toMatchObject({
      outcome: 'deny',
      reasons: ['too_many_rows'],
      remediation: 'ask_for_fewer_rows',
      alternatives: [{ change: { 'action.args.rows': 100 }, verified: true }],
      denied_scope: 'this_call',
      retryable: false,
      approval: null,
      metadata: { resolution: 3 },
    });
  });

  test('offers nothing where another rule would still refuse', async () => {
    const { answer } = await decide(call({ rows: 1_000, amount: '2000' }));
    expect(answer).toMatchObject({ outcome: 'deny', alternatives: [], metadata: { resolution: 2 } });
  });

  test('offers another model with its own provider and region', async () => {
    const model = (id: string, region: string) =>
      makeInput({
        type: 'model_call',
        target: { kind: 'model', id },
        server: '',
        tool: '',
        tool_name: '',
        model: id,
        provider: 'cloud',
        region,
        args: {},
      });
    const { answer } = await decide(makeContext(model('swift-8b', 'us-east'), release));
    expect(answer).toMatchObject({
      outcome: 'deny',
      reasons: ['model_outside_europe'],
      alternatives: [{ change: { 'action.model': 'onprem-70b' }, verified: true }],
      denied_scope: 'this_tool',
    });
  });

  test('says that the conversation is over where a rule on its state decides', async () => {
    const { answer } = await decide(call({}, inContext({ tool_calls_in_a_row: 21 })));
    expect(answer).toMatchObject({ reasons: ['runaway_loop'], denied_scope: 'this_conversation' });
  });

  test('says that the agent is refused where a rule on it decides', async () => {
    const agent = { ...makeInput().agent, id: 'shadow-bot' };
    const { answer } = await decide(call({ rows: 1_000 }, { agent }));
    expect(answer).toMatchObject({
      outcome: 'deny',
      denied_scope: 'this_agent',
      metadata: { resolution: 2 },
    });
  });

  test('says that the tool is refused where nothing grants it', async () => {
    const secret = {
      tool: 'crm.secret',
      tool_name: 'secret',
      target: { kind: 'tool', id: 'crm.secret' },
    } as const;
    const { answer } = await decide(makeContext(makeInput(secret), release));
    expect(answer).toMatchObject({ reasons: ['no_grant_what'], denied_scope: 'this_tool' });
  });
});

test('a demand for approval offers what needs none', async () => {
  const { answer } = await decide(call({ write: true }));
  expect(answer).toMatchObject({
    allow: false,
    outcome: 'approval_required',
    alternatives: [{ change: { 'action.args.write': false }, verified: true }],
    approval: null,
    retryable: false,
  });
});

describe('watched rules', () => {
  test('are named and change nothing', async () => {
    const { answer } = await decide(call({}, inContext({ tool_calls_in_a_row: 11 })));
    expect(answer).toMatchObject({ outcome: 'allow', metadata: { watched_rules: ['workflow.long_run'] } });
  });

  test('fail without effect, and are told of and recorded', async () => {
    const own = deciderOf(opa.sidecar, [release]);
    const { answer } = await decide(call({ fail: 'no number' }), own);
    const subject = 'input.action.args.fail';
    expect(answer).toMatchObject({
      outcome: 'allow',
      metadata: { watched_rules: [], watched_failures: [{ kind: 'argument_unusable', subject }] },
    });
    expect(own.events).toMatchObject([{ entrypoint: 'bailiff/watched', reason: 'argument_unusable' }]);
  });

  test('are not blamed for a failure of the others', async () => {
    const own = deciderOf(opa.sidecar, [release]);
    const { answer } = await decide(call({ amount: 'no number', fail: 'no number' }), own);
    expect(answer).toMatchObject({
      outcome: 'deny',
      metadata: { failures: [{ kind: 'argument_unusable', subject: 'input.action.args.amount' }] },
    });
    expect(own.events).toMatchObject([{ entrypoint: 'bailiff/decision', reason: 'argument_unusable' }]);
  });

  test.each<[string, Input['action']['args'], readonly Entrypoint[]]>([
    ['are asked for together with the decision', { rows: 20 }, ['bailiff/decision_and_watched']],
    [
      'are left out where they fail',
      { fail: 'no number' },
      ['bailiff/decision_and_watched', 'bailiff/decision'],
    ],
  ])('%s', async (_what, args, expected) => {
    const asked: Entrypoint[] = [];
    const engine: Engine = {
      status: () => opa.sidecar.status(),
      [Symbol.asyncDispose]: async () => {},
      evaluate: (entrypoint, text, signal) => {
        asked.push(entrypoint);
        return opa.sidecar.evaluate(entrypoint, text, signal);
      },
    };
    expect((await decide(call(args), deciderOf(engine, [release]))).answer.outcome).toBe('allow');
    expect(asked).toEqual(expected);
  });
});

describe('could not decide means refused:', () => {
  test('an argument that a built-in chokes on is named by its path, without its value', async () => {
    const { answer, ...decision } = await decide(call({ amount: 'hunter2' }));
    expect(answer).toMatchObject({
      outcome: 'deny',
      reasons: ['argument_unusable'],
      retryable: false,
      metadata: {
        resolution: 1,
        engine: 'sidecar',
        failures: [{ kind: 'argument_unusable', subject: 'input.action.args.amount' }],
      },
    });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(decision.releaseDigest).toBe('');
  });

  test('rules that contradict each other are policy’s fault', async () => {
    const { answer } = await decide(call({ contradict: true }));
    expect(answer).toMatchObject({
      reasons: ['policy_unavailable'],
      retryable: false,
      metadata: {
        failures: [{ kind: 'policy_unavailable', subject: expect.stringMatching(/rules\.rego:\d+$/) }],
      },
    });
  });

  test.each<[string, unknown]>([
    ['input.agent.scope', { agent: { ...makeInput().agent, scope: null } }],
    ['input.user', { user: undefined }],
    ['input.context.turn_count', inContext({ turn_count: -1 })],
    ['input', { extra: 1 }],
    ['input.action.args', { action: { ...makeInput().action, args: { secret_key: undefined } } }],
    ['input.action.args', { action: { ...makeInput().action, args: { big: 1n } } }],
  ])('an input that is wrong at %s is not evaluated', async (path, wrong) => {
    const own = deciderOf(opa.sidecar, [release]);
    const input = { ...makeInput(), ...(wrong as Partial<Input>) };
    const { answer } = await decide({ ...makeContext(makeInput(), release), input }, own);
    expect(answer).toMatchObject({
      outcome: 'deny',
      reasons: ['input_invalid'],
      metadata: { resolution: 1, engine: 'none', failures: [{ kind: 'input_invalid', subject: path }] },
    });
    expect(own.events).toMatchObject([{ reason: 'input_invalid', decisionId: answer.metadata.decision_id }]);
  });

  test('an answer of another release is none', async () => {
    const { answer } = await decide(call({}), deciderOf(opa.sidecar, [other]));
    expect(answer).toMatchObject({
      reasons: ['revision_mismatch', 'policy_unavailable'],
      retryable: true,
      metadata: { failures: [{ kind: 'revision_mismatch', subject: release.policyVersion }] },
    });
  });

  test('an answer of the release that is being replaced counts, under its own name', async () => {
    const decision = await decide(call({}), deciderOf(opa.sidecar, [other, release]));
    expect(decision).toMatchObject({
      answer: { outcome: 'allow', metadata: { policy_version: release.policyVersion } },
      releaseDigest: release.digest,
    });
  });

  test('without a bundle nothing is allowed until there is one', async () => {
    await using empty = await runOpa(undefined);
    const own = deciderOf(empty.sidecar, [release]);
    await vi.waitFor(
      async () => expect((await decide(call({}), own)).answer.reasons[0]).toBe('revision_mismatch'),
      PATIENCE_MS,
    );
    empty.server.publish(release.bundle);
    await empty.sidecar.whenReady(patience());
    expect((await decide(call({}), own)).answer.outcome).toBe('allow');
  });

  test('a dead engine refuses, and a living one decides again', async () => {
    await using mortal = await runOpa(release.bundle);
    const own = deciderOf(mortal.sidecar, [release]);
    process.kill(mortal.sidecar.pid ?? 0, 'SIGKILL');
    const answers = await Promise.all(Array.from({ length: 50 }, () => decide(call({}), own)));
    const refused = answers.filter(({ answer }) => answer.outcome !== 'allow');
    expect(refused.length).toBeGreaterThan(0);
    for (const { answer } of refused) expect(answer.reasons.at(-1)).toBe('policy_unavailable');
    await vi.waitFor(async () => expect((await decide(call({}), own)).answer.outcome).toBe('allow'), {
      timeout: PATIENCE_MS,
      interval: 20,
    });
  });

  test('releases that change under load, and an engine that restarts, leave every answer whole and under its own release', async () => {
    await using busy = await runOpa(release.bundle);
    const own = deciderOf(busy.sidecar, [release, other]);
    const versions = new Map([release, other].map((each) => [each.policyVersion, each.digest]));
    const seen = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      busy.server.publish(round % 2 === 0 ? other.bundle : release.bundle);
      if (round === 6) process.kill(busy.sidecar.pid ?? 0, 'SIGKILL');
      const described = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? release : other));
      const decisions = await Promise.all(described.map((by) => decide({ ...call({}), release: by }, own)));
      for (const [index, { answer, releaseDigest }] of decisions.entries()) {
        if (answer.outcome === 'allow') {
          expect(answer.metadata.policy_version, 'facts and rules of one release').toBe(
            described[index]?.policyVersion,
          );
          expect(releaseDigest).toBe(versions.get(answer.metadata.policy_version));
          seen.add(answer.metadata.policy_version);
        } else
          expect(
            ['policy_unavailable', 'revision_mismatch'],
            'while it is down, or decides by the other',
          ).toContain(answer.reasons[0]);
      }
      await busy.sidecar.whenReady(patience());
    }
    expect(seen.size).toBe(2);
  });

  test('whoever leaves gets a refusal that nobody reads', async () => {
    const decision = await decider.decide(call({}), AbortSignal.abort());
    expect(decision.answer).toMatchObject({
      outcome: 'deny',
      reasons: ['evaluation_timeout', 'policy_unavailable'],
    });
  });

  test('a listener that fails changes no refusal', async () => {
    const own = deciderOf(opa.sidecar, [other]);
    own.events.push = () => {
      throw new Error('The log is full.');
    };
    expect((await decide(call({}), own)).answer.outcome).toBe('deny');
  });
});

describe('a list', () => {
  test('shows what the caller may use, in one answer of its own', async () => {
    const decision = await decider.decideList(
      makeListContext(['read', 'secret', 'write'], release),
      patience(),
    );
    expect(Answer.parse(decision.answer)).toEqual(decision.answer);
    expect(decision).toMatchObject({
      visible: [0, 2],
      engine: 'sidecar',
      releaseDigest: release.digest,
      answer: { outcome: 'allow', reasons: ['list_filtered'], metadata: { simulated: false } },
    });
  });

  test('shows nothing where it could not be decided', async () => {
    const own = deciderOf(opa.sidecar, [other]);
    const decision = await own.decideList(makeListContext(['read'], release), patience());
    expect(decision).toMatchObject({ visible: [], answer: { outcome: 'deny' }, releaseDigest: '' });
    expect(own.events).toMatchObject([{ entrypoint: 'bailiff/visible', reason: 'revision_mismatch' }]);
  });

  test.each([
    ['read', 'visible'],
    ['secret', 'hidden'],
  ])('agrees with the visibility of one call: %s is %s', async (name, expected) => {
    const target = { kind: 'tool', id: `crm.${name}` } as const;
    const input = makeInput({ tool: `crm.${name}`, tool_name: name, target, args: { rows: 5_000 } });
    const context = makeContext(input, release);
    expect(await decider.visibility(context, patience())).toBe(expected);
    expect(await deciderOf(opa.sidecar, [other]).visibility(context, patience())).toBe('undecided');
  });
});
