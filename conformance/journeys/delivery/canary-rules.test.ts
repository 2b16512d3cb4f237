import { afterAll, beforeAll, expect, test } from 'vitest';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { until } from '../faults/processes.ts';
import { readRecord } from '../faults/record.ts';
import { complianceTexts } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany, type Texts } from './delivery-company.ts';

const upstream = CountingUpstream.ofSuite();
let company: DeliveryCompany;

/** The bundle whose only rule stands on a rung of its ladder. */
const rung = (version: string, ...mode: readonly string[]): Texts => {
  const texts = complianceTexts(version, 5);
  const says = mode.map((line) => `#   ${line}\n`).join('');
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      `compliance/${path}`,
      text.replace('#   reason:', `${says}#   reason:`),
    ]),
  );
};

const CANARY = ['mode: canary', 'canary: { teams: [desk] }'];

beforeAll(async () => {
  company = await openDeliveryCompany({
    upstream,
    registry: { bundles: { compliance: { path: 'compliance' } } },
    texts: {
      ...rung('1.0.0', 'mode: watch'),
      'identity/data.yaml': [
        'agents:',
        '  clerk: { scope: desk, owner_team: desk, versions: ["1.0.0"], status: active }',
        '  stranger: { scope: desk, owner_team: elsewhere, versions: ["1.0.0"], status: active }',
        'users: { ida: { kind: human, groups: [desk], data_classifications_authorized: [internal], status: active } }',
        '',
      ].join('\n'),
    },
    configuration: { engine: { deadline_ms: 10_000, cache: 'on' } },
  });
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

/** What came of the same call by the agent inside and the one outside: the outcome, and what would have denied. */
async function bothAsked(rows = 9) {
  const asked = [];
  for (const key of [KEYS.clerk, KEYS.stranger]) {
    const { outcome, metadata } = await company.decide({ rows }, { key });
    const record = readRecord(company.gateway.record).decisions.get(metadata.decision_id);
    expect(record?.answer.metadata.watched_rules, 'it is recorded').toEqual(metadata.watched_rules);
    asked.push([outcome, ...metadata.watched_rules]);
  }
  return asked;
}

async function released(texts: Texts): Promise<void> {
  const before = (await company.status()).active;
  await company.write(texts);
  await until('it decides', async () => (await company.status()).active !== before);
  await company.follows();
}

test('a rule is watched, decides for the team in its canary alone, and then for everyone', async () => {
  const watched = ['allow', 'compliance.rows'];
  expect(await bothAsked()).toEqual([watched, watched]);
  await released(rung('1.1.0', ...CANARY));
  for (const _again of [1, 2])
    expect(await bothAsked(), 'kept answers are no others').toEqual([['deny'], watched]);
  expect(await bothAsked(4)).toEqual([['allow'], ['allow']]);
  await released(rung('1.2.0'));
  expect(await bothAsked()).toEqual([['deny'], ['deny']]);
});

test('a canary that nobody described is held back, with file and row, and the rule goes on as it was', async () => {
  await company.write(rung('1.3.0', 'mode: canary'));
  await until('it is held back', async () => 'compliance' in (await company.status()).held);
  expect((await company.status()).bundles.find(({ name }) => name === 'compliance')).toMatchObject({
    held: { findings: [{ code: 'canary_missing', file: 'compliance/compliance.rego', row: 8 }] },
  });
  expect(await bothAsked()).toEqual([['deny'], ['deny']]);
});
