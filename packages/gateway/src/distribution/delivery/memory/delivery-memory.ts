import { type Activation, failureOf } from '@bailiff/contract';
import {
  ACTIVATIONS_MAX,
  type DeliveryState,
  NOTHING_HAPPENED,
  type ReleaseStore,
  type TrialStep,
} from '../../releases/release-store.ts';
import { type Made, takenBackAgain } from './meanings.ts';
import { type Left, withdrawnBy, withOne } from './withdrawn.ts';

interface DeliveryMemoryOptions {
  readonly store: Pick<ReleaseStore, 'state' | 'remember'>;
  /** Told what cannot be written down, for people. Never throws. */
  readonly onTrouble: (detail: string) => void;
}

/**
 * What was activated, tried and taken back. It holds from when it is noted, whether or not the disk takes it: a switch that was
 * made stays made. What could not be written is written with the next that can be.
 */
export class DeliveryMemory {
  readonly #options: DeliveryMemoryOptions;
  #state: DeliveryState = NOTHING_HAPPENED;
  #isWritten = true;

  constructor(options: DeliveryMemoryOptions) {
    this.#options = options;
  }

  /** @throws Failure where it was damaged. */
  async open(): Promise<void> {
    this.#state = await this.#options.store.state();
  }

  get state(): DeliveryState {
    return this.#state;
  }

  /** Oldest first. */
  get activations(): readonly Activation[] {
    return this.#state.activations;
  }

  get withdrawn(): DeliveryState['withdrawn'] {
    return this.#state.withdrawn;
  }

  /** One that is active already, as after a restart, changes nothing of what decides. */
  noteActivation(activation: Activation): void {
    const { activations } = this.#state;
    if (activations.at(-1)?.policy_version === activation.policy_version) return;
    this.#note({ ...this.#state, activations: [...activations, activation].slice(-ACTIVATIONS_MAX) });
  }

  /** A release on trial came so far, or its trial was ended. */
  noteTrial(step: TrialStep): void {
    this.#note({ ...this.#state, trials: [...this.#state.trials, step].slice(-ACTIVATIONS_MAX) });
  }

  /** Somebody took something back. */
  noteWithdrawn(left: Left): void {
    this.#note({ ...this.#state, withdrawn: withdrawnBy(left, this.#state.withdrawn) });
  }

  /**
   * Whether something of a release was taken back and has other tests or comments since. Then that is withdrawn too, so that it is
   * not taken up the next time. Not so where nothing decides yet.
   */
  wasTakenBack(made: Made, good: Made | undefined): boolean {
    const again = good === undefined ? [] : takenBackAgain(made, good, this.#state.withdrawn);
    const withdrawn = new Map(Object.entries(this.#state.withdrawn));
    for (const [part, one] of again) withdrawn.set(part, withOne(withdrawn.get(part), one));
    if (again.length > 0) this.#note({ ...this.#state, withdrawn: Object.fromEntries(withdrawn) });
    return again.length > 0;
  }

  /** Resolves once all that was noted is durable, or those who care were told that it is not. Never rejects. */
  async write(): Promise<void> {
    if (this.#isWritten) return;
    this.#isWritten = true;
    try {
      await this.#options.store.remember(this.#state);
    } catch (thrown) {
      this.#isWritten = false;
      this.#options.onTrouble(
        `What decides cannot be written down, so that a restart would begin with what decided before: ${reasonOf(thrown)}. Make room in the data folder, and let the gateway’s user write there.`,
      );
    }
  }

  #note(state: DeliveryState): void {
    this.#state = state;
    this.#isWritten = false;
  }
}

function reasonOf(thrown: unknown): string {
  const { code, detail } = failureOf(thrown);
  return code === 'internal' && thrown instanceof Error ? thrown.message : detail;
}
