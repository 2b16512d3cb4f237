import type { Json, Release } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { candidateOf } from '../packages/gateway/src/distribution/rollout/candidate.ts';
import {
  buildSample,
  KERNEL,
  metadata,
} from '../packages/gateway/src/distribution/testing/sample-release.ts';
import { completeInput } from './default-input.ts';
import { ENGINES, type OpenEngine } from './engines.ts';

/** Shares in which there are agents or none, next to each other and far apart. */
const SHARES = [0, 0.0001, 0.05, 0.1, 0.101, 0.5, 0.95, 1];

const SETTINGS = {
  ...Object.fromEntries(SHARES.map((share, place) => [`share_${place}`, { share, teams: [] }])),
  named: { share: 0, teams: ['ops', 'cx'] },
  both: { share: 0.3, teams: ['ops'] },
};

const canaryText = ({ share, teams }: { readonly share: number; readonly teams: readonly string[] }) => [
  'mode: canary',
  `canary: ${JSON.stringify({ share, teams })}`,
];

const OPEN = `package policy.identity

capabilities := {"servers": ["*"], "tools": ["*"], "resources": [], "prompts": [], "models": [], "subagents": [], "data_classes": ["*"]}

${metadata('anybody')}allow contains "anybody" if input.agent.id != ""
`;

/** Rules of compliance by id, with more of their METADATA, and the same condition. */
const compliance = (rules: Readonly<Record<string, readonly string[]>>, body: string) => ({
  'identity/identity.rego': OPEN,
  'compliance/compliance_test.rego': undefined,
  'compliance/compliance.rego': `package policy.compliance\n\n${Object.entries(rules)
    .map(([id, custom]) => `${metadata(id, custom)}deny contains "${id}" if ${body}\n`)
    .join('\n')}`,
});

interface Told {
  readonly decision: { readonly outcome: string; readonly metadata: { readonly matched_rules: string[] } };
  readonly watched: { readonly rules: readonly { readonly rule: string }[] };
}

const anyAgent = fc.record({
  id: fc.string({ minLength: 1 }),
  ownerTeam: fc.constantFrom('cx', 'ops', 'growth'),
});

function inputOf({ id, ownerTeam }: { readonly id: string; readonly ownerTeam: string }, more = {}): Json {
  return completeInput({ agent: { id, owner_team: ownerTeam, scope: 'support' }, ...more });
}

async function told(engine: OpenEngine, input: Json): Promise<Told> {
  const said = await engine.evaluate('decision_and_watched', input);
  if (said.kind !== 'result') throw new Error(JSON.stringify(said));
  return said.value as Told;
}

describe.each(
  ENGINES.filter(({ name }) => name !== 'opa eval'),
)('rules in their canary, in $name', (opener) => {
  const open = new AsyncDisposableStack();
  const opened = async (files: Parameters<typeof buildSample>[0]) => {
    const { release } = await buildSample(files, KERNEL);
    return { release, engine: open.use(await opener.openBundle(release.bundle)) };
  };
  afterAll(() => open.disposeAsync());

  describe('of several shares and teams', () => {
    let engine: OpenEngine;
    let release: Release;
    beforeAll(async () => {
      const rules = Object.entries(SETTINGS).map(([id, canary]) => [id, canaryText(canary)] as const);
      ({ engine, release } = await opened(compliance(Object.fromEntries(rules), 'input.agent.id')));
    });

    test('whoever is in the canary of a release is in that of a rule, and whoever is not is told as watched', async () => {
      const agree = async (agent: { readonly id: string; readonly ownerTeam: string }) => {
        const { decision, watched } = await told(engine, inputOf(agent));
        const [inside, outside] = [true, false].map((isIn) =>
          Object.entries(SETTINGS)
            .filter(([, canary]) => candidateOf(release, 'canary', canary).covers(agent) === isIn)
            .map(([id]) => `compliance.${id}`)
            .sort(),
        );
        const matched = decision.metadata.matched_rules.filter((id) => id.startsWith('compliance.'));
        expect([...matched].sort()).toEqual(inside);
        expect(watched.rules.map(({ rule }) => rule).sort()).toEqual(outside);
      };
      await fc.assert(fc.asyncProperty(anyAgent, agree), { numRuns: 300 });
      for (const id of ['support-bot', 'Straße', '🤖', ' ', 'a'.repeat(500)])
        await agree({ id, ownerTeam: 'cx' });
    });

    test('the release lists them, and what they read tells that answers differ by agent and team', () => {
      expect(release.data.canary_rules).toEqual({ compliance: Object.keys(SETTINGS).sort() });
      const rule = release.rules.get('compliance.named');
      expect(rule).toMatchObject({ mode: 'canary', canary: { share: 0, teams: ['ops', 'cx'] } });
      expect(rule?.reads).toEqual(['input.agent.id', 'input.agent.owner_team']);
    });
  });

  test('inside it decides as a rule in force does, and outside as one that is off', async () => {
    const bodies = 'input.action.args.id in {1, 3}';
    const modes = { canary: canaryText({ share: 0.5, teams: ['ops'] }), enforce: [], off: ['mode: off'] };
    const [canary, enforce, off] = await Promise.all(
      Object.values(modes).map((custom) => opened(compliance({ tried: custom }, bodies))),
    );
    if (!canary || !enforce || !off) throw new Error('Three were built.');
    const { covers } = candidateOf(canary.release, 'canary', { share: 0.5, teams: ['ops'] });
    const isAlike = async (agent: { readonly id: string; readonly ownerTeam: string }, id: number) => {
      const input = inputOf(agent, { action: { args: { id } } });
      const other = covers(agent) ? enforce : off;
      const [is, wanted] = [await told(canary.engine, input), await told(other.engine, input)];
      const { metadata: meant, ...outcome } = wanted.decision;
      expect(is.decision).toMatchObject(outcome);
      expect(is.decision.metadata.matched_rules).toEqual(meant.matched_rules);
      const would = !covers(agent) && [1, 3].includes(id) ? ['compliance.tried'] : [];
      expect(is.watched.rules.map(({ rule }) => rule)).toEqual(would);
    };
    await fc.assert(fc.asyncProperty(anyAgent, fc.integer({ min: 0, max: 4 }), isAlike), { numRuns: 150 });
  });

  test('what fails in one hurts nobody outside of it, though they are in another’s', async () => {
    const { engine } = await opened({
      ...compliance({}, ''),
      'compliance/compliance.rego': [
        'package policy.compliance\n',
        `${metadata('sound', canaryText({ share: 1, teams: [] }))}deny contains "sound" if input.agent.id\n`,
        `${metadata('fails', canaryText({ share: 0, teams: ['ops'] }))}deny contains "fails" if to_number(input.agent.id) > 3\n`,
      ].join('\n'),
    });
    const outside = inputOf({ id: 'bot', ownerTeam: 'cx' });
    expect(await engine.evaluate('decision', outside)).toMatchObject({
      kind: 'result',
      value: { outcome: 'deny', reasons: ['sound'] },
    });
    expect(await engine.evaluate('decision_and_watched', outside)).toMatchObject({ kind: 'failed' });
    const inside = inputOf({ id: 'bot', ownerTeam: 'ops' });
    expect(await engine.evaluate('decision', inside)).toMatchObject({ kind: 'failed' });
  });

  test('duties, demands and grants have theirs too, in the bundles of servers as well', async () => {
    const custom = canaryText({ share: 0, teams: ['cx'] });
    const { engine } = await opened({
      ...compliance({}, ''),
      'compliance/compliance.rego': `package policy.compliance\n\n${metadata('duty', custom)}oblige contains {"id": "duty", "kind": "tag", "tags": ["tried"]} if input.agent.id\n`,
      'servers/crm/crm.rego': `package servers.crm\n\n${metadata('asks', custom)}require_approval contains "asks" if input.agent.id\n`,
    });
    const [inside, outside] = ['cx', 'ops'].map((ownerTeam) => inputOf({ id: 'bot', ownerTeam }));
    const ids = ['compliance.duty', 'servers.crm.asks'];
    const held = await told(engine, inside ?? null);
    expect(held).toMatchObject({ decision: { outcome: 'approval_required' }, watched: { rules: [] } });
    expect(held.decision.metadata.matched_rules).toEqual(expect.arrayContaining(ids));
    const free = await told(engine, outside ?? null);
    expect(free.decision).toMatchObject({ outcome: 'allow', obligations: [] });
    expect(free.watched.rules.map(({ rule }) => rule).sort()).toEqual(ids);
  });
});
