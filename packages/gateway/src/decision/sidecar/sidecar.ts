import { availableParallelism } from 'node:os';
import { remainingMs } from '../deadline.ts';
import type { EngineStatus, Entrypoint, Evaluation, ReferenceEngine } from '../engine.ts';
import { failed, givenUp } from '../unevaluated.ts';
import { Gate } from './gate.ts';
import { type OpaAddress, OpaClient } from './opa-client.ts';
import { BUNDLE_NAME } from './opa-configuration.ts';
import { OpaHealth } from './opa-health.ts';
import { type OpaProcess, type OpaProcessOptions, startOpaProcess } from './opa-process.ts';

/**
 * Evaluations under way at once, per processor. OPA spends processor time only: from about 4 on more bring no throughput,
 * and 16 double the p99, because OPA serves them in no order while those who wait here go first come first served.
 */
export const EVALUATIONS_PER_PROCESSOR = 4;
/** Evaluations that may wait for a place, whatever their deadlines; beyond that they fail at once. */
export const WAITING_MAX = 1_024;

export interface SidecarOptions {
  readonly opa:
    | {
        /** A child of ours on a unix socket. */
        readonly kind: 'managed';
        readonly process: Pick<
          OpaProcessOptions,
          'executable' | 'searchPath' | 'source' | 'directory' | 'garbagePercent' | 'givesWay'
        >;
      }
    | {
        /** One that runs elsewhere, and has its own configuration. */
        readonly kind: 'external';
        readonly url: string;
        readonly token: string | undefined;
        /** Name of our bundle in its configuration. */
        readonly bundleName?: string;
      };
  /** A line that a managed OPA wrote. */
  readonly onLog: (line: string) => void;
}

/** OPA as an engine. */
export interface Sidecar extends ReferenceEngine {
  /** Resolves once OPA decides with a bundle. @throws the signal's reason when that comes first. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** Process id of a managed OPA; undefined while it does not run, and of an external one. */
  readonly pid: number | undefined;
}

/**
 * Starts OPA, or turns to the one that runs elsewhere. It need not be ready yet: `status()` and `whenReady()` tell.
 * @throws Failure `configuration_invalid` when OPA can never start like this.
 */
export async function openSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { opa } = options;
  if (opa.kind === 'external') {
    const client = clientOf({ kind: 'url', url: opa.url, token: opa.token }, opa.bundleName ?? BUNDLE_NAME);
    return new OpaSidecar(client, undefined);
  }
  let sidecar: OpaSidecar | undefined;
  const process = await startOpaProcess({
    ...opa.process,
    onLog: options.onLog,
    onChange: () => sidecar?.changed(),
  });
  sidecar = new OpaSidecar(clientOf({ kind: 'socket', path: process.socketPath }, BUNDLE_NAME), process);
  return sidecar;
}

/** With one connection more than evaluations, so that a probe never waits behind them. */
function clientOf(address: OpaAddress, bundleName: string): OpaClient {
  return new OpaClient({ address, bundleName, connections: evaluationsMax() + 1 });
}

function evaluationsMax(): number {
  return EVALUATIONS_PER_PROCESSOR * availableParallelism();
}

class OpaSidecar implements Sidecar {
  readonly #client: OpaClient;
  readonly #process: OpaProcess | undefined;
  readonly #health: OpaHealth;
  readonly #gate = new Gate({
    places: evaluationsMax(),
    waitingMax: WAITING_MAX,
    monotonicMs: () => performance.now(),
    remainingMs,
  });

  constructor(client: OpaClient, process: OpaProcess | undefined) {
    this.#client = client;
    this.#process = process;
    this.#health = new OpaHealth({ client, absence: () => this.#absence() });
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    const entry = await this.#gate.enter(signal);
    if (entry.kind === 'aborted') return givenUp(signal.reason);
    if (entry.kind === 'overloaded') return failed('overloaded', undefined);
    const ended = () => entry.leave();
    const evaluation = await this.#client.evaluate(entrypoint, inputText, { signal, ended });
    if (evaluation.kind !== 'failed') this.#health.heard(evaluation.revision);
    else if (evaluation.code === 'policy_unavailable') this.#health.doubt();
    else if (evaluation.code === 'evaluation_timeout') this.#health.late();
    return evaluation;
  }

  status(): EngineStatus {
    return this.#health.status();
  }

  whenReady(signal: AbortSignal): Promise<void> {
    return this.#health.whenReady(signal);
  }

  revision(signal: AbortSignal): Promise<string> {
    return this.#client.revision(signal);
  }

  /** The process was started or is gone. */
  changed(): void {
    this.#health.changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#health[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose](); // Before the process, which would wait for idle connections.
    await this.#process?.[Symbol.asyncDispose]();
  }

  #absence(): string | undefined {
    return this.#process !== undefined && this.#process.pid === undefined ? this.#process.detail : undefined;
  }
}
