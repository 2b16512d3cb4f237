import { OpaServer } from '../../../../conformance/opa-server.ts';
import { differenceOf, ourAnswer } from './compare.ts';
import { httpAnswer, load } from './http-answer.ts';
import type { Batch } from './random-trials.ts';
import type { TrialResult } from './trial-run.ts';

/** A running OPA that is asked for random policies as the gateway asks its sidecar. */
export class OverHttp implements AsyncDisposable {
  readonly #server: OpaServer;

  private constructor(server: OpaServer) {
    this.#server = server;
  }

  static async start(): Promise<OverHttp> {
    return new OverHttp(await OpaServer.start());
  }

  /** The results of a batch; none where the server refuses the policy, or where the clock, which is its own, is asked. */
  async results({ policy, trials }: Batch): Promise<readonly Omit<TrialResult, 'known'>[]> {
    const [first] = trials;
    if (first === undefined || Object.values(first.modules).some((text) => text.includes('now_ns')))
      return [];
    if (!(await load(this.#server, first))) return [];
    const results: Omit<TrialResult, 'known'>[] = [];
    for (const trial of trials) {
      const [opa, ours] = [await httpAnswer(this.#server, trial), ourAnswer(policy, trial)];
      results.push({ opa, ours, difference: differenceOf(opa, ours) });
    }
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
