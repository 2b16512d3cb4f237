import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { metadata } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany, type Texts } from './delivery-company.ts';

/** That both engines decide alike is shown elsewhere. */
const { skip } = ONLY_SIDECAR;
const TEAMS = Array.from({ length: 30 }, (_, index) => `team_${index}`);
const RULES = 10;

const upstream = CountingUpstream.ofSuite();
let company: DeliveryCompany;

function bundleOf(team: string): Texts {
  const folder = `teams/${team}/compliance`;
  const rules = Array.from(
    { length: RULES },
    (_, index) =>
      `${metadata(`${team}_${index}`)}deny contains "rule_${index}" if input.action.args.n == ${index}\n`,
  );
  return {
    [`${folder}/bundle.yaml`]: `name: ${folder}\nversion: 1.0.0\nowner: ${team}\n`,
    [`${folder}/rules.rego`]: `package teams.${team}.compliance\n\n${rules.join('\n')}`,
  };
}

beforeAll(async () => {
  if (skip) return;
  const agents = TEAMS.map(
    (team) => `  bot-${team}: { scope: desk, owner_team: ${team}, versions: ["1.0.0"], status: active }\n`,
  );
  const clerk = '  clerk: { scope: desk, owner_team: desk, versions: ["1.0.0"], status: active }\n';
  company = await openDeliveryCompany({
    upstream,
    configuration: { identity: { api_keys: keysOf() } },
    registry: {
      bundles: Object.fromEntries(
        TEAMS.map((team) => [`teams/${team}/compliance`, { path: `teams/${team}/compliance` }]),
      ),
    },
    texts: {
      'identity/data.yaml': `agents:\n${clerk}${agents.join('')}users:\n  ida: { kind: human, groups: [desk], data_classifications_authorized: [internal], status: active }\n`,
      ...Object.assign({}, ...TEAMS.map(bundleOf)),
    },
  });
}, 180_000);
afterAll(() => company?.[Symbol.asyncDispose]());

const keyOf = (team: string) => `blf_${`${team}_`.padEnd(43, 'x')}`;
function keysOf() {
  const own = TEAMS.map((team) => ({
    id: team,
    sha256: hash('sha256', keyOf(team)),
    agent: `bot-${team}`,
    agent_version: '1.0.0',
    user: 'ida',
  }));
  return [
    ...own,
    { id: 'clerk', sha256: hash('sha256', KEYS.clerk), agent: 'clerk', agent_version: '1.0.0', user: 'ida' },
    { id: 'operator', sha256: hash('sha256', KEYS.operator), agent: 'clerk', permissions: ['operator'] },
  ];
}

test.skipIf(skip)(
  'of thirty teams with three hundred rules in one release, each one’s rules are heard of its own agents alone',
  async () => {
    const { bundles } = await company.status();
    expect(
      bundles.filter(({ name, revision }) => name.startsWith('teams/') && revision !== null),
    ).toHaveLength(TEAMS.length);
    const answers = await Promise.all(
      TEAMS.map((team, index) => company.decide({ n: index % RULES }, { key: keyOf(team) })),
    );
    answers.forEach(({ outcome, reasons, metadata: { matched_rules } }, index) => {
      const team = TEAMS[index];
      expect([outcome, reasons]).toEqual(['deny', [`${team}_${index % RULES}`]]);
      expect(matched_rules.filter((rule) => rule.startsWith('teams.'))).toEqual([
        `teams.${team}.compliance.rule_${index % RULES}`,
      ]);
    });
    expect(await company.decide({ n: 3 })).toMatchObject({ outcome: 'allow' });
  },
);

test.skipIf(skip)('one team’s broken change waits alone, while all the others’ go out together', async () => {
  const [bad = '', ...others] = TEAMS;
  await company.write({
    [`teams/${bad}/compliance/rules.rego`]: `package teams.${bad}.compliance\n\nbroken(\n`,
    ...Object.fromEntries(
      others.map((team) => [
        `teams/${team}/compliance/bundle.yaml`,
        `name: teams/${team}/compliance\nversion: 1.1.0\nowner: ${team}\n`,
      ]),
    ),
  });
  const { held, bundles } = await company.pull();
  expect(Object.keys(held)).toEqual([`teams/${bad}/compliance`]);
  const out = bundles.filter(({ revision }) => revision?.startsWith('1.1.0+'));
  expect(out).toHaveLength(others.length);
  await company.follows();
  expect(await company.decide({ n: 4 }, { key: keyOf(bad) })).toMatchObject({
    outcome: 'deny',
    reasons: [`${bad}_4`],
  });
});
