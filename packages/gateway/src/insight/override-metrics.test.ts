import type { ActiveOverride, Answer, Release } from '@bailiff/contract';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { OverrideMetrics } from './override-metrics.ts';

const override = (id: string, not_before: number, expires_at: number, over_cap?: true) =>
  ({ id, not_before, expires_at, ...(over_cap && { over_cap }) }) as ActiveOverride;
const used = (...overrides: readonly (readonly [id: string, status: 'used' | 'refused'])[]) =>
  ({ metadata: { overrides: overrides.map(([id, status]) => ({ id, status })) } }) as unknown as Answer;

test('overrides are counted by state as time passes, with the next end, and uses by id', async () => {
  let nowS = 100;
  const registry = new Registry();
  const metrics = new OverrideMetrics(registry, () => nowS * 1_000);
  const overrides = [override('a', 50, 200), override('b', 50, 150, true), override('c', 160, 300)];
  metrics.observeRelease({ data: { overrides } as unknown as Release['data'] });
  metrics.observeAnswer(used(['a', 'used'], ['b', 'refused']));
  metrics.observeAnswer(used(['a', 'used'], ['made-up', 'used']));
  const text = await registry.metrics();
  expect(text).toContain('bailiff_overrides{state="active"} 2\n');
  expect(text).toContain('bailiff_overrides{state="future"} 1\n');
  expect(text).toContain('bailiff_overrides{state="expired"} 0\n');
  expect(text).toContain('bailiff_overrides_over_cap 1\n');
  expect(text).toContain('bailiff_override_next_expiry_timestamp_seconds 150\n');
  expect(text).toContain('bailiff_override_uses_total{id="a"} 2\n');
  expect(text).toContain('bailiff_override_uses_total{id="other"} 1\n');
  expect(text).not.toContain('id="b"');
  nowS = 400;
  const later = await registry.metrics();
  expect(later).toContain('bailiff_overrides{state="expired"} 3\n');
  expect(later).toContain('bailiff_override_next_expiry_timestamp_seconds 0\n');
});

test('ids make a bounded number of series, whatever releases come', async () => {
  const registry = new Registry();
  const metrics = new OverrideMetrics(registry, () => 0);
  const ids = Array.from({ length: 2_000 }, (_, index) => `o-${index}`);
  metrics.observeRelease({
    data: { overrides: ids.map((id) => override(id, 0, 1)) } as unknown as Release['data'],
  });
  for (const id of ids) metrics.observeAnswer(used([id, 'used']));
  const series = (await registry.metrics()).match(/^bailiff_override_uses_total\{/gm);
  expect(series).toHaveLength(501);
});
