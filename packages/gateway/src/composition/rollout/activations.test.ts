import type { Release } from '@bailiff/contract';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { buildPolicies, denialText } from '../../decision/testing/policies.ts';
import { openCompany } from './testing/open-company.ts';

/** As many as the promise names where there is time for them. */
const ACTIVATIONS = Number(process.env.BAILIFF_ACTIVATIONS ?? 100);
const AGENTS = 8;

const agents = Object.fromEntries(
  Array.from({ length: AGENTS }, (_, index) => [`bot-${index}`, { scope: 'support', owner_team: 'cx' }]),
);
const settings = {
  canary: { share: 0.5, teams: [] },
  denial_band: { above: 1, agents_min: 1_000 },
  errors_max: 1_000_000,
};

let built: Release[];
beforeAll(async () => {
  built = await Promise.all(
    ['one', 'two', 'three'].map((id, index) =>
      buildPolicies(`${index + 1}.0.0`, {
        agents,
        compliance: denialText(id, 'input.action.args.rows > 5'),
      }),
    ),
  );
});

/** The rule that only one of the releases has: what it says must come with that release’s name. */
const OWN = ['one', 'two', 'three'];

describe.each(['auto', 'sidecar'] as const)('with engine %s', (kind) => {
  test(`${ACTIVATIONS} activations under load mix no decision`, {
    timeout: 60_000 + ACTIVATIONS * 2_000,
  }, async () => {
    await using company = await openCompany(built[0] as Release, { engine: { kind } });
    const { signal } = new AbortController();
    for (const release of built) await company.engines.judge({ release }, signal);
    let isOver = false;
    let calls = 0;
    let decided = 0;
    const load = async (worker: number) => {
      while (!isOver) {
        const { answer } = await company.call(`bot-${worker}`, { rows: 20 });
        calls += 1;
        const { policy_version, bundles, matched_rules, resolution } = answer.metadata;
        const release = built.find(({ policyVersion }) => policyVersion === policy_version);
        expect(release, policy_version).toBeDefined();
        expect(bundles).toEqual(release?.data.bundles);
        // Could not be decided, between a switch and OPA’s following it: refused, by no rule of either release.
        if (resolution === 1) {
          expect(matched_rules).toEqual([]);
          expect(kind, JSON.stringify([answer.reasons, answer.metadata, company.engine.status()])).toBe(
            'sidecar',
          );
          continue;
        }
        decided += 1;
        const own = OWN[built.indexOf(release as Release)];
        expect(answer.reasons).toEqual([own]);
        expect(matched_rules.filter((rule) => OWN.some((id) => rule === `compliance.${id}`))).toEqual([
          `compliance.${own}`,
        ]);
      }
    };
    const workers = Array.from({ length: AGENTS }, (_, worker) => load(worker));
    try {
      for (let turn = 1; turn <= ACTIVATIONS; turn++) {
        const before = calls;
        company.releases.activate(built[turn % built.length] as Release);
        if (kind === 'sidecar' && turn % 10 === 0) await company.follows();
        await vi.waitFor(() => expect(calls).toBeGreaterThan(before + 2), {
          timeout: 20_000,
          interval: 1,
        });
      }
    } finally {
      isOver = true;
      await Promise.all(workers);
    }
    expect(decided).toBeGreaterThan(ACTIVATIONS);
    for (const { answer, release_digest } of await company.recorded(500)) {
      const release = built.find(({ policyVersion }) => policyVersion === answer.metadata.policy_version);
      if (answer.metadata.resolution !== 1) expect(release_digest).toBe(release?.digest);
    }
  });

  test('a canary that begins, is promoted and is stopped under load mixes none either', {
    timeout: 120_000,
  }, async () => {
    await using company = await openCompany(built[0] as Release, { engine: { kind } });
    let isOver = false;
    const undecided: string[] = [];
    const load = async (worker: number) => {
      while (!isOver) {
        const { answer } = await company.call(`bot-${worker}`, { rows: 20 });
        const { policy_version, bundles, resolution } = answer.metadata;
        const index = built.findIndex(({ policyVersion }) => policyVersion === policy_version);
        expect(bundles).toEqual(built[index]?.data.bundles);
        if (resolution === 1) undecided.push(answer.reasons.join());
        else expect(answer.reasons).toEqual([OWN[index]]);
      }
    };
    const workers = Array.from({ length: AGENTS }, (_, worker) => load(worker));
    try {
      const [, two, three] = built as [Release, Release, Release];
      await company.rollout.begin(two, 'watch', settings);
      await company.rollout.promote('canary');
      await vi.waitFor(() => expect(company.rollout.status().trial?.calls).toBeGreaterThan(20), {
        timeout: 20_000,
      });
      await company.rollout.stop('Enough.');
      await company.rollout.begin(three, 'canary', settings);
      await vi.waitFor(() => expect(company.rollout.status().trial?.calls).toBeGreaterThan(20), {
        timeout: 20_000,
      });
      await company.rollout.promote('everyone');
      await company.follows();
    } finally {
      isOver = true;
      await Promise.all(workers);
    }
    expect(company.releases.current()).toBe(built[2]);
    // A call that was on its way to OPA by the release before is refused where OPA has switched meanwhile.
    expect(new Set(undecided)).toEqual(
      new Set(undecided.length > 0 ? ['revision_mismatch,policy_unavailable'] : []),
    );
    if (kind === 'auto') expect(undecided).toEqual([]);
  });
});
