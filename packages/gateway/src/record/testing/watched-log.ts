import type { Decision } from '@bailiff/contract';
import type { SqliteDecisionLog } from '../../stores/sqlite/log/decision-log.ts';
import type { DecisionLog } from '../log.ts';
import { type SampleOptions, sampleAnswer } from './sample-entries.ts';

export const decisionOf = (options: SampleOptions): Decision => ({
  answer: sampleAnswer(options),
  engine: 'sidecar',
  releaseDigest: 'f'.repeat(64),
  decisionMs: 1.5,
});

/** The real log, with what was asked of it. */
export class WatchedLog implements DecisionLog {
  readonly asked: { readonly kind: string; readonly durable: boolean }[] = [];
  readonly #log: SqliteDecisionLog;

  constructor(log: SqliteDecisionLog) {
    this.#log = log;
  }
  append(...[entry, options, signal]: Parameters<DecisionLog['append']>) {
    this.asked.push({ kind: entry.kind, durable: options.durable });
    return this.#log.append(entry, options, signal);
  }
  rememberRelease: DecisionLog['rememberRelease'] = (release, signal) =>
    this.#log.rememberRelease(release, signal);
  status = () => this.#log.status();
  [Symbol.asyncDispose] = () => this.#log[Symbol.asyncDispose]();
}
