import { type JsonObject, KernelAnswer, type Release } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { merged } from './default-input.ts';
import { ENGINES, type OpenEngine } from './engines.ts';
import { completeForCompany, exampleRelease } from './example-company.ts';

/** What is granted everywhere, so that reach alone decides: what the scopes differ in otherwise is not looked at here. */
const REFUND = { payment_id: 19, amount_cents: 1_500, reason: 'Damaged parcel' };

describe('the example company', () => {
  let release: Release;
  let engine: OpenEngine;
  beforeAll(async () => {
    release = await exampleRelease();
    engine = await (ENGINES[0] as (typeof ENGINES)[number]).openBundle(release.bundle);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function answerTo(agent: JsonObject, action: JsonObject): Promise<KernelAnswer> {
    const input = completeForCompany({ agent, user: { id: 'omar' }, action }, release);
    const evaluation = await engine.evaluate('decision', merged(input, { agent }));
    return KernelAnswer.parse(evaluation.kind === 'result' ? evaluation.value : undefined);
  }

  const isOutside = ({ reasons }: KernelAnswer): boolean => reasons.includes('outside_capabilities');

  test('a task that is handed on is never allowed what any agent of its chain cannot reach', async () => {
    const { agents } = release.directory;
    const tools = Object.entries(release.catalogue.servers).flatMap(([server, { tools: listed }]) =>
      Object.keys(listed).map((tool) => `${server}.${tool}`),
    );
    const names = [...Object.keys(agents), 'shadow-bot'];
    const chains = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 5 });
    let allowed = 0;
    await fc.assert(
      fc.asyncProperty(
        chains,
        fc.constantFrom(...names),
        fc.constantFrom('payments.refund', 'payments.balance', ...tools),
        async (chain, id, tool) => {
          const action = { tool, args: REFUND, region: 'eu-west' };
          const handedOn = await answerTo({ id, chain }, action);
          if (handedOn.outcome === 'deny') return;
          allowed += 1;
          expect(new Set([...chain, id]).size).toBe(chain.length + 1);
          for (const link of [...chain, id]) {
            expect(agents[link]?.status).toBe('active');
            expect(isOutside(await answerTo({ id: link }, action))).toBe(false);
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(allowed).toBeGreaterThan(0);
  });

  test('a longer chain never opens what a shorter one closes', async () => {
    const names = Object.keys(release.directory.agents);
    const actions = [
      { tool: 'payments.refund', args: REFUND, region: 'eu-central' },
      { tool: 'payments.balance', args: { customer_id: 7 }, region: 'eu-central' },
      { tool: 'crm.search', args: { text: 'weber' }, region: 'eu-west' },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(names, { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...actions),
        async ([id = '', outermost = '', ...chain], action) => {
          const longer = await answerTo({ id, chain: [outermost, ...chain] }, action);
          if (longer.outcome === 'deny') return;
          expect((await answerTo({ id, chain }, action)).outcome).not.toBe('deny');
        },
      ),
      { numRuns: 200 },
    );
  });
});
