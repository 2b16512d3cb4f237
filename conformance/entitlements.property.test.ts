import { type JsonObject, KernelAnswer, type Release } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTITLEMENTS, emptied } from '../packages/gateway/src/distribution/laws/entitlements.ts';
import { readCases } from './case.ts';
import { merged } from './default-input.ts';
import { ENGINES, type OpenEngine } from './engines.ts';
import { completeForCompany, exampleRelease } from './example-company.ts';

const inputs = readCases().filter(
  ({ release, entrypoint }) => release === undefined && entrypoint === 'decision',
);

describe('the example company', () => {
  let release: Release;
  let engine: OpenEngine;
  beforeAll(async () => {
    release = await exampleRelease();
    engine = await (ENGINES[0] as (typeof ENGINES)[number]).openBundle(release.bundle);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function widthOf(input: JsonObject): Promise<number> {
    const evaluation = await engine.evaluate('decision', input);
    if (evaluation.kind !== 'result') return 0;
    return ['deny', 'approval_required', 'allow'].indexOf(KernelAnswer.parse(evaluation.value).outcome);
  }

  test('emptying what entitles never turns a denial into an allow', async () => {
    const { agents, users } = release.directory;
    const tools = Object.entries(release.catalogue.servers).flatMap(([server, { tools: listed }]) =>
      Object.keys(listed).map((tool) => `${server}.${tool}`),
    );
    const call = fc.record({
      like: fc.constantFrom(...inputs),
      agent: fc.option(fc.constantFrom(...Object.keys(agents))),
      user: fc.option(fc.constantFrom(...Object.keys(users), '')),
      tool: fc.option(fc.constantFrom(...tools)),
    });
    const emptying = fc.subarray([...ENTITLEMENTS], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(call, emptying, async ({ like, agent, user, tool }, nothing) => {
        const short = [
          ...(agent === null ? [] : [{ agent: { id: agent } }]),
          ...(user === null ? [] : [{ user: { id: user } }]),
          ...(tool === null ? [] : [{ action: { tool } }]),
        ].reduce<JsonObject>(merged, like.input);
        const before = completeForCompany(short, release);
        const after = nothing.reduce((input, { without }) => emptied(input, without), before);
        expect(await widthOf(after)).toBeLessThanOrEqual(await widthOf(before));
      }),
      { numRuns: 200 },
    );
  });
});
