import { Input, type JsonObject } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { mutations } from '../admission/mutations.ts';
import { makeInput } from '../testing/context.ts';
import { buildCompany } from './testing/company.ts';
import { embeddedWith } from './testing/engines.ts';
import { isWhole } from './whole-input.ts';

const USAGE = {
  weekly: { window: 'w', limit: 10, used: 1, reserved: 0, remaining: 9, resets_at: '2026-11-23T00:00:00Z' },
};

const base = makeInput({}, { usage: USAGE });
const flags = { ...base.environment, flags: { frozen: false } };

test('an input is whole exactly where the kernel finds nothing wrong with it', {
  timeout: 120_000,
}, async () => {
  const company = await buildCompany();
  const embedded = await embeddedWith(company);
  const seed = Date.now();
  const counts = { whole: 0, not: 0 };
  for (const input of mutations({ ...base, environment: flags } as unknown as JsonObject, seed, 4_000)) {
    const inputText = JSON.stringify(input);
    const trial = { release: company, entrypoint: 'bailiff/decision', inputText } as const;
    const evaluation = await embedded.evaluate(trial, AbortSignal.timeout(10_000));
    if (evaluation.kind !== 'result' || (input as { approval?: unknown }).approval !== null) continue;
    const { metadata } = evaluation.value as { metadata: { failures: { kind: string }[] } };
    const isSound = !metadata.failures.some(({ kind }) => kind === 'input_invalid');
    expect(isWhole(JSON.parse(inputText)), `${inputText} (seed ${seed})`).toBe(isSound);
    counts[isSound ? 'whole' : 'not'] += 1;
  }
  expect(Math.min(counts.whole, counts.not)).toBeGreaterThan(200);
});

test('every input that the contract allows is whole, but for one with an approval', () => {
  let allowed = 0;
  for (const input of mutations(
    { ...base, environment: flags } as unknown as JsonObject,
    Date.now(),
    4_000,
  )) {
    const read = Input.safeParse(input);
    if (!read.success || read.data.approval !== null) continue;
    allowed += 1;
    expect(isWhole(JSON.parse(JSON.stringify(input)))).toBe(true);
  }
  expect(allowed).toBeGreaterThan(100);
  const approval = { id: 'a', rules: ['x'], approved_by: ['ana'], expires_at: '2026-11-23T00:00:00Z' };
  expect(isWhole({ ...base, approval })).toBe(false);
});
