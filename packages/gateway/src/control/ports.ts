import type { Call, Failure, Governed, Json, Principal, Refusal, Release } from '@bailiff/contract';
import type { Delivery } from '../distribution/delivery/delivery.ts';
import type { DecisionReader } from '../record/reader.ts';

/** One thing that deciding rests on. */
export interface ReadinessCheck {
  readonly name: 'policy' | 'engine' | 'opa' | 'store' | 'bundles';
  readonly ready: boolean;
  /** Whether something is decided without it: then the gateway is ready all the same. */
  readonly spare?: true;
  /** For operators: what it is doing, or why it is not ready. */
  readonly detail: string;
}

/** How policy comes to be in force, as far as operators ask for it. */
export type ReleasePorts = Pick<
  Delivery,
  'status' | 'notes' | 'history' | 'find' | 'rollBack' | 'promote' | 'stopTrial' | 'pull'
>;

/** What the operators’ HTTP API needs of the rest of the gateway. */
export interface ControlPorts {
  /** Names in lower case; values sent twice are joined. @throws Failure `unauthenticated` but for one valid credential. */
  authenticate(headers: Readonly<Record<string, string>>): Promise<Principal>;
  /** Decides and records; the caller of the API enforces. @throws Failure when it could not be decided or recorded. */
  govern(call: Call, signal: AbortSignal): Promise<Governed<unknown>>;
  /** Strict: one document, fatal UTF-8, no duplicate keys, bounded depth. @throws Failure `unparseable`. */
  parseJson(bytes: Uint8Array): Json;
  newDecisionId(): string;
  readonly reader: Pick<DecisionReader, 'find' | 'page'>;
  /** The active release; undefined when none is. */
  release(): Release | undefined;
  /** Undefined where there is one release only. */
  readonly delivery?: ReleasePorts | undefined;
  readiness(): readonly ReadinessCheck[];
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /**
   * Resolves whether or not it could be written: the request is refused either way. Where a decision is recorded under the id
   * this adds nothing to the record.
   */
  recordRefusal(refusal: Refusal): Promise<void>;
  /** A defect of ours, for the log. */
  report(failure: Failure): void;
  /** Values of `Host` that are served, in lower case; a function, since the port may be known only after listening. */
  hosts(): readonly string[];
  /** Values of `Origin` that are served, in lower case; requests without one always are. */
  origins(): readonly string[];
  readonly bodyBytesMax: number;
  /** Requests under way at once, open routes apart; beyond that they are refused as `overloaded`. */
  readonly inFlightMax: number;
}
