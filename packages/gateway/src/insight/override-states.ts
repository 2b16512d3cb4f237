import type { ActiveOverride } from '@bailiff/contract';

/** Where an override stands at one instant: before its window, in it, or after it. */
export type OverrideState = 'future' | 'active' | 'expired';

export const OVERRIDE_STATES: readonly OverrideState[] = ['future', 'active', 'expired'];

/** `nowS` is in seconds since 1970; the last second of an override is the one before `expires_at`. */
export function stateOf(
  { not_before, expires_at }: Pick<ActiveOverride, 'not_before' | 'expires_at'>,
  nowS: number,
): OverrideState {
  if (nowS < not_before) return 'future';
  return nowS < expires_at ? 'active' : 'expired';
}

/** The active override that ends first; undefined where none is active. */
export function nextToExpire(overrides: readonly ActiveOverride[], nowS: number): ActiveOverride | undefined {
  return overrides
    .filter((override) => stateOf(override, nowS) === 'active')
    .toSorted((a, b) => a.expires_at - b.expires_at)[0];
}
