import {
  type Answer,
  type Decision,
  FAILURES,
  type FailureCode,
  GATEWAY_REASONS,
  KERNEL_REASONS,
  type MatchedRule,
  type Release,
} from '@bailiff/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type BundleGauge, BundleMetrics } from './bundle-metrics.ts';
import { OverrideMetrics } from './override-metrics.ts';

/** What is asked at each scrape. */
export interface MetricsProbes {
  engineReady(): boolean;
  opaReady(): boolean;
  storeWritable(): boolean;
  conversations(): number;
  /** Look-ups of kept answers so far; undefined where none are kept. */
  decisionCache?(): Readonly<Record<'hits' | 'misses' | 'passed', number>> | undefined;
  /** How the bundles of the registry stand; nothing is told of them where it is absent. */
  bundles?(): readonly BundleGauge[];
  /** Milliseconds since 1970, by which overrides are in force or not; nothing is told of them where it is absent. */
  now?(): number;
}

export interface MetricsOptions {
  /** Names of the configured servers: the values that the label `server` takes, with those of `observeServers`. */
  readonly servers: readonly string[];
  readonly probes: MetricsProbes;
  /** Whether the process’s own memory, event loop and collections are measured too. */
  readonly processMetrics: boolean;
}

/** One call to an upstream server. */
export interface UpstreamCall {
  readonly server: string;
  /** `forwarded`, or the failure that it ended with. */
  readonly result: 'forwarded' | FailureCode;
  readonly durationMs: number;
}

/** What became of one server when another release was activated. */
export interface ServerChange {
  readonly change: 'added' | 'replaced' | 'removed';
  /** `idle` where nothing had to be started or ended. */
  readonly result: 'ready' | 'failed' | 'idle';
  readonly durationMs: number;
}

/** One entry given to the record. */
export interface RecordWrite {
  readonly durable: boolean;
  readonly stored: boolean;
  readonly durationMs: number;
}

/** What label values a client, an agent or a policy that went wrong could otherwise make up become. */
const OTHER = 'other';
/** Most pairs of bundle and reason that become series of their own in the life of a process. */
const PAIRS_MAX = 2_000;
/** Most servers that become series of their own in the life of a process. */
const SERVERS_MAX = 200;

/** Seconds: from an embedded evaluation of 0.1 ms to a decision that missed every deadline. */
const DECISION_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];
/** Seconds: from a buffered entry to a store that hangs. */
const RECORD_BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
/** Seconds. */
const UPSTREAM_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

/** Reasons and failures that say: could not decide or record, therefore refused. */
const FAIL_CLOSED: ReadonlySet<string> = new Set<
  keyof typeof KERNEL_REASONS | keyof typeof GATEWAY_REASONS | FailureCode
>([
  'policy_unavailable',
  'argument_unusable',
  'obligation_unknown',
  'obligation_conflict',
  'input_invalid',
  'evaluation_timeout',
  'evaluation_undefined',
  'evaluation_malformed',
  'revision_mismatch',
  'record_unavailable',
  'overloaded',
  'obligation_unmet',
  'not_ready',
  'internal',
]);

/** The gateway’s metrics in a registry of their own. No method throws; label values are bounded whatever is observed. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #pairs = new Set<string>();
  readonly #servers = new Set<string>();
  readonly #decisionSeconds = this.#histogram('decision_seconds', 'Time to decide.', DECISION_BUCKETS, [
    'engine',
    'outcome',
  ]);
  readonly #decisions = this.#counter('decisions_total', 'Decisions that were enforced or answered.', [
    'outcome',
  ]);
  readonly #reasons = this.#counter('decision_reasons_total', 'Reasons of decisions, each once a decision.', [
    'outcome',
    'bundle',
    'reason',
  ]);
  readonly #simulated = this.#counter(
    'simulated_decisions_total',
    'Simulated decisions; counted nowhere else.',
    ['outcome'],
  );
  readonly #failClosed = this.#counter(
    'fail_closed_total',
    'Refusals because deciding or recording failed.',
    ['cause'],
  );
  readonly #refusals = this.#counter('refusals_total', 'Requests refused before or without a decision.', [
    'failure',
  ]);
  readonly #recordSeconds = this.#histogram('record_seconds', 'Time to record one entry.', RECORD_BUCKETS, [
    'mode',
    'result',
  ]);
  readonly #upstreamSeconds = this.#histogram(
    'upstream_seconds',
    'Time upstream servers took.',
    UPSTREAM_BUCKETS,
    ['server'],
  );
  readonly #upstreamCalls = this.#counter('upstream_calls_total', 'Calls to upstream servers.', [
    'server',
    'result',
  ]);
  readonly #serverSwitches = this.#counter(
    'server_switches_total',
    'Servers that came, were replaced or went with a release.',
    ['change', 'result'],
  );
  readonly #serverSwitchSeconds = this.#histogram(
    'server_switch_seconds',
    'Time until a replaced server answered, or a removed one had no call left; releases wait for neither.',
    UPSTREAM_BUCKETS,
    ['change'],
  );
  readonly #notifications = this.#counter('notifications_total', 'Notifications that decisions asked for.');
  readonly #engineDifferences = this.#counter(
    'engine_differences_total',
    'Evaluations that the embedded engine did otherwise than OPA; each takes a release from it.',
    ['comparison'],
  );
  readonly #inFlight = this.#gauge('calls_in_flight', 'Calls under way.');
  readonly #release = this.#gauge('release_info', 'The active release; always 1.', [
    'policy_version',
    'digest',
  ]);

  readonly #candidate = this.#gauge(
    'release_candidate',
    'The rung of a release on trial; 1 while there is one.',
    ['stage'],
  );
  readonly #candidateDecisions = this.#counter(
    'candidate_decisions_total',
    'Calls that a watched release was asked about, by whether it said anything else.',
    ['differs'],
  );
  readonly #rolloutsStopped = this.#counter('rollout_stopped_total', 'Trials of releases that ended early.', [
    'reason',
  ]);
  readonly #activations = this.#counter('release_activations_total', 'Releases that came to decide.', [
    'kind',
  ]);
  readonly #heldBack = this.#counter(
    'bundles_held_back_total',
    'Bundles that were left as they were last good, by the check that the newest did not pass.',
    ['check'],
  );
  readonly #rolloutAlarms = this.#counter(
    'rollout_alarms_total',
    'Releases that people should look at: more denials than before, or not restored by itself.',
  );
  readonly #overrides: OverrideMetrics | undefined;

  constructor({ servers, probes, processMetrics }: MetricsOptions) {
    this.observeServers(servers);
    this.#probe('engine_ready', 'Whether the policy engine answers.', () => Number(probes.engineReady()));
    this.#probe('opa_ready', 'Whether OPA answers, which decides or stands by.', () =>
      Number(probes.opaReady()),
    );
    this.#probe('store_writable', 'Whether the record can be written.', () => Number(probes.storeWritable()));
    this.#probe('conversations', 'Conversations that are remembered.', () => probes.conversations());
    this.#decisionCache(probes);
    if (probes.bundles !== undefined) new BundleMetrics(this.#registry, probes.bundles);
    if (probes.now !== undefined) this.#overrides = new OverrideMetrics(this.#registry, probes.now);
    for (const reason of Object.keys(KERNEL_REASONS)) this.#pairs.add(pairOf('kernel', reason));
    for (const reason of Object.keys(GATEWAY_REASONS)) this.#pairs.add(pairOf('gateway', reason));
    if (processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  /** Counts a decision once, however many reasons it has. */
  observeDecision({ answer, engine, decisionMs }: Decision): void {
    const { outcome } = answer;
    this.#decisionSeconds.observe({ engine, outcome }, decisionMs / 1_000);
    if (answer.metadata.simulated) {
      this.#simulated.inc({ outcome });
      return;
    }
    this.#decisions.inc({ outcome });
    this.#overrides?.observeAnswer(answer);
    for (const pair of new Set(pairsOf(answer))) {
      const [bundle = OTHER, reason = OTHER] = this.#pairs.has(pair) ? pair.split('\n') : [];
      this.#reasons.inc({ outcome, bundle, reason });
    }
    for (const reason of new Set(answer.reasons))
      if (FAIL_CLOSED.has(reason)) this.#failClosed.inc({ cause: reason });
  }

  /** A request that ended in a failure: before its decision, or because there could be none. */
  observeRefusal(code: FailureCode): void {
    const failure = Object.hasOwn(FAILURES, code) ? code : OTHER;
    this.#refusals.inc({ failure });
    // A document that is refused before anybody tries to decide is its sender’s mistake.
    if (FAIL_CLOSED.has(failure) && failure !== 'input_invalid') this.#failClosed.inc({ cause: failure });
  }

  observeRecord({ durable, stored, durationMs }: RecordWrite): void {
    this.#recordSeconds.observe(
      { mode: durable ? 'durable' : 'buffered', result: stored ? 'stored' : 'refused' },
      durationMs / 1_000,
    );
  }

  observeUpstream({ server, result, durationMs }: UpstreamCall): void {
    const known = this.#servers.has(server) ? server : OTHER;
    const ended = result === 'forwarded' || Object.hasOwn(FAILURES, result) ? result : OTHER;
    this.#upstreamCalls.inc({ server: known, result: ended });
    this.#upstreamSeconds.observe({ server: known }, durationMs / 1_000);
  }

  /** Servers that there are from now on; beyond the bound, those that come are told as `other`. */
  observeServers(names: readonly string[]): void {
    for (const name of names) {
      if (this.#servers.size >= SERVERS_MAX) return;
      this.#servers.add(name);
    }
  }

  observeServerSwitch({ change, result, durationMs }: ServerChange): void {
    this.#serverSwitches.inc({ change, result });
    if (result !== 'idle') this.#serverSwitchSeconds.observe({ change }, durationMs / 1_000);
  }

  /** The embedded engine did otherwise than OPA. */
  observeEngineDifference(comparison: 'outcome' | 'fail_closed'): void {
    this.#engineDifferences.inc({ comparison });
  }

  /** A notification that was handed on. */
  observeNotification(): void {
    this.#notifications.inc();
  }

  /** The release that decides from here on; its rules’ bundles and reasons become label values. */
  observeRelease(release: Release): void {
    this.#overrides?.observeRelease(release);
    this.#release.reset();
    this.#release.set({ policy_version: release.policyVersion, digest: release.digest }, 1);
    for (const { bundle, reason } of release.rules.values()) {
      if (this.#pairs.size >= PAIRS_MAX) return;
      this.#pairs.add(pairOf(bundle, reason));
    }
  }

  /** The rung that a release on trial is on; undefined where none is. */
  observeTrial(stage: 'watch' | 'canary' | undefined): void {
    this.#candidate.reset();
    if (stage !== undefined) this.#candidate.set({ stage }, 1);
  }

  /** A watched release was asked about a call. */
  observeCandidate(differs: boolean): void {
    this.#candidateDecisions.inc({ differs: String(differs) });
  }

  /** A trial ended before its release decided for everyone. */
  observeRolloutStopped(reason: 'asked' | 'errors' | 'replaced'): void {
    this.#rolloutsStopped.inc({ reason });
  }

  /** A release came to decide, and how. */
  observeActivation(kind: string): void {
    this.#activations.inc({ kind });
  }

  /** A bundle was left as it was last good because its newest did not pass a check. */
  observeHeldBack(check: string): void {
    this.#heldBack.inc({ check });
  }

  observeRolloutAlarm(): void {
    this.#rolloutAlarms.inc();
  }

  /** Counts a call as under way until it is disposed of. */
  trackCall(): Disposable {
    this.#inFlight.inc();
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (!isOver) this.#inFlight.dec();
        isOver = true;
      },
    };
  }

  /** Everything, in the text format of Prometheus. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name: `bailiff_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[],
  ): Histogram<Label> {
    return new Histogram({ name: `bailiff_${name}`, help, labelNames, buckets, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name: `bailiff_${name}`, help, labelNames, registers: [this.#registry] });
  }

  /** `hit`, `miss`, and `passed` for what may not be kept. */
  #decisionCache({ decisionCache }: MetricsProbes): void {
    const lookups: Counter = new Counter({
      name: 'bailiff_decision_cache_total',
      help: 'Evaluations by whether a kept answer was found.',
      labelNames: ['result'],
      registers: [this.#registry],
      collect: () => {
        const { hits, misses, passed } = decisionCache?.() ?? { hits: 0, misses: 0, passed: 0 };
        lookups.reset();
        for (const [result, count] of Object.entries({ hit: hits, miss: misses, passed }))
          lookups.inc({ result }, count);
      },
    });
  }

  #probe(name: string, help: string, value: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `bailiff_${name}`,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(value()),
    });
  }
}

/** Each reason with the bundle of every rule that gave it; the kernel’s and the gateway’s own have no rule. */
function pairsOf({ reasons, metadata }: Answer): string[] {
  return reasons.flatMap((reason) => {
    const rules = metadata.rules.filter((rule) => rule.reason === reason);
    if (rules.length > 0) return rules.map((rule) => pairOf(bundleOf(rule), reason));
    return [pairOf(Object.hasOwn(KERNEL_REASONS, reason) ? 'kernel' : 'gateway', reason)];
  });
}

/** `compliance.residency` is in bundle `compliance`, `teams.cx.workflow.hours` in `teams/cx/workflow`. */
function bundleOf({ rule }: MatchedRule): string {
  return rule.split('.').slice(0, -1).join('/');
}

/** Neither bundles nor reasons have line ends in them. */
function pairOf(bundle: string, reason: string): string {
  return `${bundle}\n${reason}`;
}
