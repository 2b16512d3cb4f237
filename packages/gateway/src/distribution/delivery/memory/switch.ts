import type { Activation } from '@bailiff/contract';
import type { BuiltRelease } from '../../build-release.ts';

/** Who asks for a switch, and why. */
export interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** Who switches what decides, how, and why. */
export type Switch = Pick<Activation, 'by' | 'reason' | 'kind'>;

/** What else is known of a switch. */
export interface SwitchFacts {
  readonly built?: BuiltRelease | undefined;
  /** Whether what gives way is not taken up again by itself. */
  readonly withdraws?: boolean;
}

/** What was in force is so again. */
export const AFTER_RESTART: Switch = {
  by: 'gateway',
  reason: 'It was in force before the restart.',
  kind: 'restored',
};
