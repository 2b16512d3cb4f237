import type { ActiveOverride, Release } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { createActiveRelease } from '../distribution/active-release.ts';
import { type OverrideAlert, OverrideAlerts } from './override-alerts.ts';

const HOUR_S = 3_600;
const END_S = 1_794_096_000;

const override = (change: Partial<ActiveOverride> = {}): ActiveOverride => ({
  id: 'o-1',
  lifts: ['compliance.rows'],
  scope: { agents: ['bot'] },
  not_before: END_S - 48 * HOUR_S,
  expires_at: END_S,
  justification: 'The yearly audit takes samples larger than usual.',
  ticket: 'RISK-1',
  requested_by: 'omar',
  approved_by: ['ana'],
  ...change,
});
const releaseOf = (digest: string, ...overrides: ActiveOverride[]) =>
  ({ policyVersion: `1.0.0+${digest}`, digest, data: { overrides } }) as unknown as Release;

/** Watches releases at a time that the test sets. */
function watched() {
  let nowS = END_S - 30 * HOUR_S;
  const clock = () => nowS * 1_000;
  const releases = createActiveRelease({ clock });
  const told: OverrideAlert[] = [];
  const alerts = new OverrideAlerts({ releases, clock, alert: (alert) => told.push(alert) });
  return {
    releases,
    told,
    atHoursBeforeEnd(hours: number) {
      nowS = END_S - hours * HOUR_S;
    },
    [Symbol.dispose]: () => alerts[Symbol.dispose](),
  };
}

test('an override that ends within a day is told of once, and again when it was prolonged', () => {
  using watching = watched();
  watching.releases.activate(releaseOf('a', override()));
  expect(watching.told).toEqual([]);
  watching.atHoursBeforeEnd(24);
  watching.releases.activate(releaseOf('b', override()));
  watching.releases.activate(releaseOf('c', override()));
  expect(watching.told).toEqual([
    {
      kind: 'override_expiring',
      override: 'o-1',
      ticket: 'RISK-1',
      lifts: ['compliance.rows'],
      expires_at: new Date(END_S * 1_000).toISOString(),
    },
  ]);
  watching.releases.activate(releaseOf('d', override({ expires_at: END_S - HOUR_S })));
  expect(watching.told).toHaveLength(2);
});

test('one that has ended, or has not begun, is not about to end', () => {
  using watching = watched();
  watching.atHoursBeforeEnd(0);
  watching.releases.activate(releaseOf('a', override(), override({ id: 'o-2', not_before: END_S + 1 })));
  expect(watching.told).toEqual([]);
});

test('one beyond a cap is told of as soon as it is in a release, before it begins', () => {
  using watching = watched();
  const future = { not_before: END_S, expires_at: END_S + 48 * HOUR_S, over_cap: true } as const;
  watching.releases.activate(releaseOf('a', override({ id: 'o-2', ...future }), override()));
  expect(watching.told.map(({ kind, override: id }) => [kind, id])).toEqual([['override_over_cap', 'o-2']]);
});

test('a release that is active already is looked at too', () => {
  const clock = () => (END_S - HOUR_S) * 1_000;
  const releases = createActiveRelease({ clock });
  releases.activate(releaseOf('a', override()));
  const told: OverrideAlert[] = [];
  using _alerts = new OverrideAlerts({ releases, clock, alert: (alert) => told.push(alert) });
  expect(told).toHaveLength(1);
});
