import { expect, test, vi } from 'vitest';
import { buildPolicies, denialText } from '../../decision/testing/policies.ts';
import { openCompany } from './testing/open-company.ts';

const BOTS = ['bot-1', 'bot-2', 'bot-3'] as const;
const agents = Object.fromEntries(BOTS.map((bot) => [bot, { scope: 'support', owner_team: 'ops' }]));
const settings = {
  canary: { share: 0, teams: ['ops'] },
  denial_band: { above: 0.1, agents_min: 5 },
  errors_max: 3,
};
const BROKEN = `broken := value if some value in [1, 2]\n${denialText('broken', 'input.action.args.rows < 10\n\tbroken == 1')}`;
const PATIENCE = { timeout: 20_000, interval: 20 };

test('faults that are on record from before a restart bring the release before back, and other refusals do not', async () => {
  const [usual, broken] = await Promise.all([
    buildPolicies('1.0.0', { agents }),
    buildPolicies('1.2.0', { agents, compliance: BROKEN }),
  ]);
  await using company = await openCompany(broken);
  const sinceMs = Date.now();
  const clock = { sinceMs, previous: usual, settings };
  for (const bot of ['nobody-1', 'nobody-2', 'nobody-3', 'nobody-4']) await company.call(bot, { rows: 20 });
  company.rollout.resume(broken, clock);
  await vi.waitFor(() => expect(company.rollout.status().window?.errors).toBe(0), PATIENCE);
  expect(company.restores).toEqual([]);

  for (const bot of BOTS)
    expect((await company.call(bot, { rows: 2 })).answer.reasons).toEqual(['policy_unavailable']);
  await vi.waitFor(() => expect(company.restores).toEqual([usual.policyVersion]), PATIENCE);
});

test('what was counted before a restart is counted after it', async () => {
  const [usual, broken] = await Promise.all([
    buildPolicies('1.0.0', { agents }),
    buildPolicies('1.2.0', { agents, compliance: BROKEN }),
  ]);
  await using company = await openCompany(broken);
  const sinceMs = Date.now();
  // No ladder counts them: the process that did is gone.
  for (const bot of BOTS) await company.call(bot, { rows: 2 });
  expect(company.rollout.status().window).toBeNull();
  const [last] = await company.recorded(1);
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(Date.parse(last?.at ?? '')), PATIENCE);
  company.rollout.resume(broken, { previous: usual, settings, sinceMs });
  await vi.waitFor(() => expect(company.restores).toEqual([usual.policyVersion]), PATIENCE);
});
