import type { Answer, Decision, FailureCode, Release } from '@bailiff/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

const probes = {
  engineReady: () => true,
  opaReady: () => true,
  storeWritable: () => false,
  conversations: () => 3,
};

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics({ servers: ['crm', 'payments'], probes, processMetrics: false });
});

/** Every sample, as `name{labels}` → value. */
async function samples(): Promise<Map<string, number>> {
  const { text } = await metrics.expose();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

interface Said {
  readonly outcome?: 'allow' | 'deny';
  readonly reasons: readonly string[];
  readonly rules?: readonly { readonly rule: string; readonly reason: string }[];
  readonly simulated?: boolean;
  readonly decisionMs?: number;
}

function decision({
  outcome = 'deny',
  reasons,
  rules = [],
  simulated = false,
  decisionMs = 2,
}: Said): Decision {
  const answer = { outcome, reasons, metadata: { rules, simulated } } as unknown as Answer; // what metrics read of it
  return { answer, engine: 'sidecar', releaseDigest: '', decisionMs };
}

function release(
  policyVersion: string,
  rules: readonly { id: string; bundle: string; reason: string }[],
): Release {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  return { policyVersion, digest: 'd', rules: known } as unknown as Release; // what metrics read of it
}

const RESIDENCY = { id: 'compliance.residency', bundle: 'compliance', reason: 'not_allowed_in_region' };
const HOURS = { id: 'teams.cx.workflow.hours', bundle: 'teams/cx/workflow', reason: 'out_of_hours' };

describe('decisions', () => {
  test('are counted by outcome, and by the bundle of each reason', async () => {
    metrics.observeRelease(release('1', [RESIDENCY, HOURS]));
    metrics.observeDecision(
      decision({
        reasons: ['not_allowed_in_region', 'out_of_hours'],
        rules: [
          { rule: RESIDENCY.id, reason: RESIDENCY.reason },
          { rule: HOURS.id, reason: HOURS.reason },
        ],
      }),
    );
    metrics.observeDecision(decision({ reasons: ['no_grant_what'] }));
    metrics.observeDecision(decision({ reasons: ['budget_exceeded'] }));
    expect(Object.fromEntries(await samples())).toMatchObject({
      'bailiff_decisions_total{outcome="deny"}': 3,
      'bailiff_decision_reasons_total{outcome="deny",bundle="compliance",reason="not_allowed_in_region"}': 1,
      'bailiff_decision_reasons_total{outcome="deny",bundle="teams/cx/workflow",reason="out_of_hours"}': 1,
      'bailiff_decision_reasons_total{outcome="deny",bundle="kernel",reason="no_grant_what"}': 1,
      'bailiff_decision_reasons_total{outcome="deny",bundle="gateway",reason="budget_exceeded"}': 1,
    });
  });

  test('are timed from a tenth of a millisecond to a second', async () => {
    metrics.observeDecision(decision({ reasons: ['no_grant_who'], decisionMs: 0.05 }));
    metrics.observeDecision(decision({ reasons: ['no_grant_who'], decisionMs: 700 }));
    const found = await samples();
    const bucket = (le: string) =>
      found.get(`bailiff_decision_seconds_bucket{le="${le}",engine="sidecar",outcome="deny"}`);
    expect([bucket('0.0001'), bucket('0.5'), bucket('1'), bucket('+Inf')]).toEqual([1, 1, 2, 2]);
  });

  test('that are simulated do not change the denial rate', async () => {
    metrics.observeDecision(decision({ reasons: ['no_grant_who'], simulated: true }));
    const found = await samples();
    expect(found.get('bailiff_simulated_decisions_total{outcome="deny"}')).toBe(1);
    expect([...found.keys()].filter((key) => key.startsWith('bailiff_decisions_total{'))).toEqual([]);
  });

  test('that could not be made count as fail-closed, by cause', async () => {
    metrics.observeDecision(decision({ reasons: ['evaluation_timeout'] }));
    metrics.observeRefusal('record_unavailable');
    metrics.observeRefusal('unauthenticated');
    metrics.observeRefusal('input_invalid'); // a document without an action
    expect(Object.fromEntries(await samples())).toMatchObject({
      'bailiff_fail_closed_total{cause="evaluation_timeout"}': 1,
      'bailiff_fail_closed_total{cause="record_unavailable"}': 1,
      'bailiff_refusals_total{failure="record_unavailable"}': 1,
      'bailiff_refusals_total{failure="unauthenticated"}': 1,
    });
    const found = await samples();
    expect(found.has('bailiff_fail_closed_total{cause="unauthenticated"}')).toBe(false);
    expect(found.has('bailiff_fail_closed_total{cause="input_invalid"}')).toBe(false);
    metrics.observeDecision(decision({ reasons: ['input_invalid'] })); // a call that could not be described to policy
    expect((await samples()).get('bailiff_fail_closed_total{cause="input_invalid"}')).toBe(1);
  });
});

test('notifications are counted', async () => {
  metrics.observeNotification();
  expect((await samples()).get('bailiff_notifications_total')).toBe(1);
});

describe('the gateway', () => {
  test('says at each scrape how it is', async () => {
    expect(Object.fromEntries(await samples())).toMatchObject({
      bailiff_engine_ready: 1,
      bailiff_store_writable: 0,
      bailiff_conversations: 3,
    });
  });

  test('says which release decides, and only that one', async () => {
    metrics.observeRelease(release('1', []));
    metrics.observeRelease(release('2', []));
    const infos = [...(await samples()).keys()].filter((key) => key.startsWith('bailiff_release_info'));
    expect(infos).toEqual(['bailiff_release_info{policy_version="2",digest="d"}']);
  });

  test('counts calls under way once each', async () => {
    using _first = metrics.trackCall();
    const second = metrics.trackCall();
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    expect((await samples()).get('bailiff_calls_in_flight')).toBe(1);
  });

  test('times the record and its upstreams', async () => {
    metrics.observeRecord({ durable: true, stored: true, durationMs: 4 });
    metrics.observeUpstream({ server: 'crm', result: 'forwarded', durationMs: 20 });
    metrics.observeUpstream({ server: 'crm', result: 'upstream_timeout', durationMs: 60_000 });
    expect(Object.fromEntries(await samples())).toMatchObject({
      'bailiff_record_seconds_count{mode="durable",result="stored"}': 1,
      'bailiff_upstream_calls_total{server="crm",result="forwarded"}': 1,
      'bailiff_upstream_calls_total{server="crm",result="upstream_timeout"}': 1,
      'bailiff_upstream_seconds_count{server="crm"}': 2,
    });
  });

  test('measures its own process, where asked', async () => {
    const whole = new Metrics({ servers: [], probes, processMetrics: true });
    const { contentType, text } = await whole.expose();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('process_resident_memory_bytes');
  });

  test('keeps its metrics in a registry of its own', () => {
    expect(() => new Metrics({ servers: [], probes, processMetrics: true })).not.toThrow();
  });
});

describe('label sets', () => {
  const STRINGS = 10_000;

  test('do not grow with what agents and clients make up', async () => {
    metrics.observeRelease(release('1', [RESIDENCY]));
    const observe = (made: string): void => {
      metrics.observeDecision(decision({ reasons: [made] }));
      metrics.observeDecision(decision({ reasons: [made], rules: [{ rule: `${made}.x`, reason: made }] }));
      metrics.observeDecision(
        decision({ reasons: [RESIDENCY.reason], rules: [{ rule: `${made}.x`, reason: RESIDENCY.reason }] }),
      );
      metrics.observeUpstream({ server: made, result: made as FailureCode, durationMs: 1 });
      metrics.observeRefusal(made as FailureCode);
    };
    observe('first');
    const before = (await samples()).size;
    for (let index = 0; index < STRINGS; index += 1) observe(`made_up_${index}`);
    const found = await samples();
    expect(found.size).toBe(before);
    expect([...found.keys()].filter((key) => key.includes('made_up'))).toEqual([]);
    expect(found.get('bailiff_decision_reasons_total{outcome="deny",bundle="other",reason="other"}')).toBe(
      3 * (STRINGS + 1),
    );
    expect(found.get('bailiff_upstream_calls_total{server="other",result="other"}')).toBe(STRINGS + 1);
  });

  test('do not take what objects inherit for what is known', async () => {
    for (const made of ['constructor', '__proto__', 'toString']) {
      metrics.observeRefusal(made as FailureCode);
      metrics.observeDecision(decision({ reasons: [made] }));
    }
    const found = await samples();
    expect(found.get('bailiff_refusals_total{failure="other"}')).toBe(3);
    expect(found.get('bailiff_decision_reasons_total{outcome="deny",bundle="other",reason="other"}')).toBe(3);
  });

  test('stay bounded over any number of releases', async () => {
    for (let index = 0; index < STRINGS; index += 1) {
      const rule = { id: `compliance.r${index}`, bundle: 'compliance', reason: `reason_${index}` };
      metrics.observeRelease(release(String(index), [rule]));
      metrics.observeDecision(
        decision({ reasons: [rule.reason], rules: [{ rule: rule.id, reason: rule.reason }] }),
      );
    }
    const series = [...(await samples()).keys()].filter((key) =>
      key.startsWith('bailiff_decision_reasons_total'),
    );
    expect(series.length).toBeLessThanOrEqual(2_001);
  });
});

test('look-ups of kept answers are told as they are at the scrape', async () => {
  const counts = { hits: 1, misses: 2, passed: 3 };
  const cached = { ...probes, decisionCache: () => counts };
  metrics = new Metrics({ servers: [], probes: cached, processMetrics: false });
  await samples();
  counts.hits = 5;
  expect(Object.fromEntries(await samples())).toMatchObject({
    'bailiff_decision_cache_total{result="hit"}': 5,
    'bailiff_decision_cache_total{result="miss"}': 2,
    'bailiff_decision_cache_total{result="passed"}': 3,
  });
});
