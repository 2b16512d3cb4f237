import { describe, expect, test, vi } from 'vitest';
import type { RecordedFault } from './recorded-fault.ts';
import { WINDOW_MS } from './rollout.ts';
import { NEW, OLD, openScene, type Scene, SETTINGS, times } from './testing/open-scene.ts';

describe('the time in which a release may be taken back goes on after a restart', () => {
  const before = ['a', 'b', 'c'].map((agentId) => ({ agentId, inputText: '{}', places: [] }));
  const resumed = (
    faults: readonly RecordedFault[],
    { sinceMs = 500, ...more }: Scene & { sinceMs?: number } = {},
  ) => {
    const asked: unknown[] = [];
    const scene = openScene({
      ...more,
      faultsOf: async function* (_release, within) {
        asked.push(within);
        yield* faults;
      },
    });
    scene.releases.activate(NEW);
    scene.rollout.resume(NEW, { previous: OLD, settings: SETTINGS, sinceMs });
    return { ...scene, asked };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('with the faults that are on record and those that come', async () => {
    const { rollout, told, observe, asked } = resumed(before.slice(0, 2));
    await vi.waitFor(() => expect(rollout.status().window?.errors).toBe(2));
    expect(asked, 'up to this process').toEqual([{ sinceMs: 500, untilMs: 1_000 }]);
    expect(rollout.status().window).toMatchObject({ policy_version: '2', previous: '1' });
    observe(NEW, 'fault', 'd');
    await vi.waitFor(() => expect(told).toEqual(['restore 1']));
  });

  test('and ends when it would have', async () => {
    const { told, later, observe, rollout } = resumed([]);
    later(WINDOW_MS - 500);
    expect(rollout.status().window).toBeNull();
    times(5, (index) => observe(NEW, 'fault', `bot-${index}`));
    await settled();
    expect(told).toEqual([]);
    const over = resumed(before, { sinceMs: 1_000 - WINDOW_MS });
    await settled();
    expect([over.rollout.status().window, over.asked]).toEqual([null, []]);
  });

  test('without the faults that the release before has too, and with few of any one agent', async () => {
    const shared = resumed(before, { says: { kind: 'failed', detail: 'no' } });
    const flood = resumed(
      Array.from({ length: 50 }, () => ({ agentId: 'flooder', inputText: '{}', places: [] })),
    );
    await settled();
    expect([shared.told, flood.told]).toEqual([[], []]);
    expect(flood.rollout.status().window?.errors).toBe(1);
  });

  test('with those whose input was not recorded, where the bundle that failed is not as it was', async () => {
    const failed = (place: string) =>
      ['a', 'b', 'c'].map((agentId) => ({ agentId, inputText: undefined, places: [place] }));
    const ours = resumed(failed('compliance/rules.rego:8'));
    await vi.waitFor(() => expect(ours.told).toEqual(['restore 1']));
    const same = resumed(failed('servers/crm/crm.rego:8'));
    await settled();
    expect(same.told).toEqual([]);
  });

  test('a clock that was set back makes it no longer', () => {
    const { rollout } = resumed([], { sinceMs: 9e15 });
    expect(rollout.status().window?.until).toBe(new Date(1_000 + WINDOW_MS).toISOString());
  });
});
