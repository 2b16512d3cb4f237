import {
  type Answer,
  type CallContext,
  type Decision,
  Input,
  type ListContext,
  type ListDecision,
  ListInput,
  type Release,
  type VisibleAnswer,
  type WatchedAnswer,
} from '@bailiff/contract';
import type { z } from 'zod';
import { type GatewayFacts, gatewayMetadata, listAnswer } from './answer-metadata.ts';
import { Deadline } from './deadline.ts';
import { describeInput } from './describe-input.ts';
import type { Engine, Entrypoint, Releases } from './engine.ts';
import { DECISION, type Expected, visibleAmong, WATCHED } from './expected-answers.ts';
import { type Read, readEvaluation, undecided } from './read-evaluation.ts';
import { verifiedAlternatives } from './refusal/alternatives.ts';
import { decisiveRules, deniedScope, mayPass } from './refusal/decisive-rules.ts';
import { refuse, type Undecided } from './refusal/undecided.ts';
import { indexOf } from './release-index.ts';
import { visibleInput } from './visible-input.ts';

/** There was no answer that may be used: something was refused, or not checked. For the log and the metrics. */
export interface UndecidedEvent extends Undecided {
  readonly decisionId: string;
  readonly entrypoint: Entrypoint;
}

export interface DecideOptions {
  readonly engine: Engine;
  readonly releases: Releases;
  /** For everything that one decision takes of the engine, in milliseconds. */
  readonly deadlineMs: number;
  readonly onUndecided: (event: UndecidedEvent) => void;
}

/** What policy says, as a value: nothing here rejects, and whatever goes wrong is a refusal with its reason. */
export interface Decide {
  decide(context: CallContext, signal: AbortSignal): Promise<Decision>;
  /** A refusal shows nothing. */
  decideList(context: ListContext, signal: AbortSignal): Promise<ListDecision>;
  /** Whether a call's target would be in the list that its caller sees. */
  visibility(context: CallContext, signal: AbortSignal): Promise<'visible' | 'hidden' | 'undecided'>;
  /** Whether it is known to be visible. */
  isVisible(context: CallContext, signal: AbortSignal): Promise<boolean>;
}

/** The one place where "could not decide" becomes "refused". */
export function createDecide(options: DecideOptions): Decide {
  return new Decider(options);
}

type Context = CallContext | ListContext;

class Decider implements Decide {
  readonly #options: DecideOptions;

  constructor(options: DecideOptions) {
    this.#options = options;
  }

  async decide(context: CallContext, signal: AbortSignal): Promise<Decision> {
    const facts = this.#factsOf(context);
    using deadline = new Deadline(signal, this.#options.deadlineMs);
    const read = await this.#guarded(context, 'bailiff/decision', () =>
      this.#answer(facts, context, deadline.signal),
    );
    return read.kind === 'undecided' ? refuse(read, facts) : decisionOf(read.value, read.release);
  }

  async decideList(context: ListContext, signal: AbortSignal): Promise<ListDecision> {
    const facts = this.#factsOf(context);
    using deadline = new Deadline(signal, this.#options.deadlineMs);
    const read = await this.#visible(context, () => context.input, deadline.signal);
    if (read.kind === 'undecided') return { ...refuse(read, facts), visible: [] };
    const { value, release } = read;
    return { ...decisionOf(listAnswer(release, facts), release), visible: value.visible };
  }

  async visibility(context: CallContext, signal: AbortSignal): Promise<'visible' | 'hidden' | 'undecided'> {
    using deadline = new Deadline(signal, this.#options.deadlineMs);
    const read = await this.#visible(context, () => visibleInput(context), deadline.signal);
    if (read.kind === 'undecided') return 'undecided';
    return read.value.visible.length === 1 ? 'visible' : 'hidden';
  }

  async isVisible(context: CallContext, signal: AbortSignal): Promise<boolean> {
    return (await this.visibility(context, signal)) === 'visible';
  }

  /** The kernel's answer, completed with what the gateway adds. */
  async #answer(facts: GatewayFacts, context: CallContext, signal: AbortSignal): Promise<Read<Answer>> {
    const described = describeInput(Input, context.input);
    if (described.kind === 'undecided') return described;
    const [read, watched] = await Promise.all([
      this.#ask(DECISION, described.text, signal),
      this.#watched(context, described.text, signal),
    ]);
    if (read.kind === 'undecided') return read;
    const { value: kernel, release } = read;
    const decisive = decisiveRules(kernel, release, context.input.approval?.rules);
    const isAllowed = (input: Input) => this.#isAllowed(input, release, signal);
    const alternatives = await verifiedAlternatives({ context, release, decisive, isAllowed });
    const heeded = watched.kind === 'decided' && watched.release === release ? watched.value.rules : [];
    const metadata = {
      ...kernel.metadata,
      ...gatewayMetadata(facts),
      watched_rules: heeded.map(({ rule }) => rule),
    };
    if (kernel.outcome === 'allow') return { ...read, value: { ...kernel, metadata } };
    const refusal = {
      alternatives,
      retryable: mayPass(kernel, decisive),
      denied_scope: deniedScope(kernel, decisive, context),
      approval: null,
    };
    return { ...read, value: { ...kernel, ...refusal, metadata } };
  }

  /** Only where there are watched rules, and beside the decision, to spare its latency. Whatever becomes of it is told, and changes nothing. */
  #watched(context: CallContext, text: string, signal: AbortSignal): Promise<Read<Watched>> {
    const { release } = context;
    if (release === undefined || !indexOf(release).watches(context.input)) return NOTHING_WATCHED;
    return this.#guarded(context, WATCHED.entrypoint, () => this.#ask(WATCHED, text, signal));
  }

  async #isAllowed(input: Input, release: Release, signal: AbortSignal): Promise<boolean> {
    const described = describeInput(Input, input);
    if (described.kind === 'undecided') return false;
    const read = await this.#ask(DECISION, described.text, signal);
    return read.kind === 'decided' && read.release === release && read.value.outcome === 'allow';
  }

  #visible(context: Context, inputOf: () => ListInput, signal: AbortSignal): Promise<Read<VisibleAnswer>> {
    return this.#guarded(context, 'bailiff/visible', async () => {
      const input = inputOf();
      const described = describeInput(ListInput, input);
      if (described.kind === 'undecided') return described;
      return this.#ask(visibleAmong(input.candidates.length), described.text, signal);
    });
  }

  async #ask<Value>(expected: Expected<Value>, text: string, signal: AbortSignal): Promise<Read<Value>> {
    const { engine, releases } = this.#options;
    return readEvaluation(await engine.evaluate(expected.entrypoint, text, signal), releases, expected);
  }

  /** Tells of every refusal for want of an answer, and makes one of whatever is thrown: a defect refuses too. */
  async #guarded<Value>(
    context: Context,
    entrypoint: Entrypoint,
    work: () => Promise<Read<Value>>,
  ): Promise<Read<Value>> {
    const read = await work().catch((cause: unknown) =>
      undecided('policy_unavailable', { subjects: ['gateway'], heard: false, cause }),
    );
    if (read.kind === 'undecided') this.#tell({ ...read, decisionId: context.call.decisionId, entrypoint });
    return read;
  }

  #tell(event: UndecidedEvent): void {
    try {
      this.#options.onUndecided(event);
    } catch {} // Whoever listens may fail; a refusal stays one.
  }

  #factsOf(context: Context): GatewayFacts {
    return { context, engine: this.#options.engine.name, startedMs: performance.now() };
  }
}

type Watched = z.infer<typeof WatchedAnswer>;

const NOTHING_WATCHED: Promise<Read<Watched>> = Promise.resolve(
  undecided('evaluation_undefined', { heard: false }),
);

function decisionOf(answer: Answer, release: Release): Decision {
  const { engine, latency_ms } = answer.metadata;
  return { answer, engine, releaseDigest: release.digest, decisionMs: latency_ms };
}
