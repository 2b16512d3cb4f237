import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surprisesIn } from './losses.ts';
import { type Bench, FIXTURE_NAMES, openBench, SUITE_NAMES } from './open-bench.ts';

const PREPARE_TIMEOUT_MS = 400_000;
const RUN_TIMEOUT_MS = 180_000;

let bench: Bench | string;
beforeAll(async () => {
  bench = await openBench();
}, PREPARE_TIMEOUT_MS);
afterAll(() => (typeof bench === 'object' ? bench[Symbol.asyncDispose]() : undefined));

describe.concurrent('a server that speaks everything', () => {
  test.for([
    ['active of 0.1.16', { passed: 40, failed: 0 }],
    ['2025-11-25', { passed: 84, failed: 0 }],
    // The extension for tasks, which is no part of what the revision requires, is not served.
    ['2026-07-28', { passed: 164, failed: 30 }],
  ] as const)(
    'passes all that %s requires when reached directly',
    { timeout: RUN_TIMEOUT_MS },
    async ([suite, counts], context) => {
      if (typeof bench === 'string') return context.skip(bench);
      const result = await bench.direct(suite, 'fixture_both');
      const { passed, failed, failedScenarios } = result;
      context.expect({ passed, failed, failedScenarios }).toEqual({ ...counts, failedScenarios: [] });
      for (const scenario of result.unscoredFailures) context.expect(scenario).toMatch(/^tasks-/);
    },
  );
});

describe.concurrent('behind the gateway with everything allowed', () => {
  const pairs = SUITE_NAMES.flatMap((suite) => FIXTURE_NAMES.map((server) => [suite, server] as const));
  test.for(pairs)(
    '%s loses nothing of %s but what is listed with its reason',
    { timeout: RUN_TIMEOUT_MS },
    async ([suite, server], context) => {
      if (typeof bench === 'string') return context.skip(bench);
      const { losses } = await bench.compare(suite, server);
      context.expect(await surprisesIn(losses, suite, server)).toEqual({ newlyLost: [], lostNoMore: [] });
    },
  );

  test('server-everything is no worse, and safe from DNS rebinding', {
    timeout: RUN_TIMEOUT_MS,
  }, async (context) => {
    if (typeof bench === 'string') return context.skip(bench);
    const suite = 'active of 0.1.16';
    const { losses, through } = await bench.compare(suite, 'everything');
    const surprises = await surprisesIn(losses, suite, 'everything');
    context.expect(surprises).toEqual({ newlyLost: [], lostNoMore: [] });
    context.expect(through.failedScenarios).not.toContain('dns-rebinding-protection');
  });
});

test('a loss that nobody listed is noticed, and so is one that is listed and is none', async () => {
  const { newlyLost, lostNoMore } = await surprisesIn(
    ['no-such-scenario:check'],
    '2025-11-25',
    'fixture_both',
  );
  expect(newlyLost).toEqual(['no-such-scenario:check']);
  expect(lostNoMore).toEqual(expect.not.arrayContaining(['no-such-scenario']));
});
