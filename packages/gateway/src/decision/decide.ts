import {
  type Answer,
  type CallContext,
  type Decision,
  Input,
  type KernelAnswer,
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
import { DECISION, DECISION_AND_WATCHED, type Expected, visibleAmong, WATCHED } from './expected-answers.ts';
import { type Read, readEvaluation, readValue, undecided } from './read-evaluation.ts';
import { verifiedAlternatives } from './refusal/alternatives.ts';
import { decisiveRules, deniedScope, mayPass } from './refusal/decisive-rules.ts';
import { refuse, type Undecided } from './refusal/undecided.ts';
import { indexOf } from './release-index.ts';
import { visibleInput } from './visible-input.ts';
import { withheldFrom } from './withheld.ts';

/** There was no answer that may be used: something was refused, or not checked. For the log and the metrics. */
export interface UndecidedEvent extends Undecided {
  readonly decisionId: string;
  readonly entrypoint: Entrypoint;
}

export interface DecideOptions {
  readonly engine: Pick<Engine, 'evaluate'>;
  readonly releases: Releases;
  /** For everything that one decision takes of the engine, in milliseconds. */
  readonly deadlineMs: number;
  /** Whether refusals come with changes that were decided to be allowed; true when absent. */
  readonly verifiesAlternatives?: boolean;
  readonly onUndecided: (event: UndecidedEvent) => void;
}

/** What policy says, as a value: nothing here rejects, and whatever goes wrong is a refusal with its reason. */
export interface Decide {
  decide(context: CallContext, signal: AbortSignal): Promise<Decision>;
  /** A refusal shows nothing. */
  decideList(context: ListContext, signal: AbortSignal): Promise<ListDecision>;
  /** Whether a call's target would be in the list that its caller sees. */
  visibility(context: CallContext, signal: AbortSignal): Promise<'visible' | 'hidden' | 'undecided'>;
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
    const deadline = new Deadline(signal, this.#options.deadlineMs);
    // `using` in an async function costs ten times what this does.
    try {
      const read = await this.#guarded(context, 'bailiff/decision', () =>
        this.#answer(facts, context, deadline.signal),
      );
      if (read.kind === 'undecided') return refuse(read, facts);
      const { answer, inputText } = read.value;
      return { ...decisionOf(answer, read.release), inputText };
    } finally {
      deadline[Symbol.dispose]();
    }
  }

  async decideList(context: ListContext, signal: AbortSignal): Promise<ListDecision> {
    const facts = this.#factsOf(context);
    using deadline = new Deadline(signal, this.#options.deadlineMs);
    const read = await this.#visible(context, () => context.input, deadline.signal);
    if (read.kind === 'undecided') return { ...refuse(read, facts), visible: [] };
    const { value, release, engine } = read;
    return {
      ...decisionOf(listAnswer(release, value.mask, { ...facts, engine }), release),
      visible: value.visible,
    };
  }

  async visibility(context: CallContext, signal: AbortSignal): Promise<'visible' | 'hidden' | 'undecided'> {
    using deadline = new Deadline(signal, this.#options.deadlineMs);
    const read = await this.#visible(context, () => visibleInput(context), deadline.signal);
    if (read.kind === 'undecided') return 'undecided';
    return read.value.visible.length === 1 ? 'visible' : 'hidden';
  }

  /** The kernel's answer, completed with what the gateway adds. */
  async #answer(facts: Begun, context: CallContext, signal: AbortSignal): Promise<Read<Answered>> {
    const described = describeInput(Input, context.input);
    if (described.kind === 'undecided') return described;
    const { read, watched } = await this.#heard(context, described.text, signal);
    if (read.kind === 'undecided') return read;
    const { value: kernel, release } = read;
    const decisive = decisiveRules(kernel, release, context.input.approval?.rules);
    const isAllowed = (input: Input) => this.#isAllowed(input, release, signal);
    const { verifiesAlternatives = true } = this.#options;
    const alternatives = verifiesAlternatives
      ? await verifiedAlternatives({ context, release, decisive, isAllowed })
      : [];
    const metadata = {
      ...kernel.metadata,
      ...gatewayMetadata({ ...facts, engine: read.engine }),
      watched_rules: watched.rules,
      ...(watched.failures.length > 0 && { watched_failures: watched.failures }),
    };
    const inputText = described.text;
    if (kernel.outcome === 'allow') return { ...read, value: { answer: { ...kernel, metadata }, inputText } };
    const refusal = {
      alternatives,
      retryable: mayPass(kernel, decisive),
      denied_scope: deniedScope(kernel, decisive, context),
      approval: null,
    };
    return { ...read, value: { answer: { ...kernel, ...refusal, metadata }, inputText } };
  }

  /** In one evaluation with what watched rules say, where there are any: two would be two requests that judge the same input. */
  async #heard(context: CallContext, text: string, signal: AbortSignal): Promise<Heard> {
    const { engine, releases } = this.#options;
    const alone = async (): Promise<Heard> => ({
      read: await this.#ask(DECISION, text, signal),
      watched: NOTHING_WATCHED,
    });
    if (context.release === undefined || !indexOf(context.release).watches(context.input)) return alone();
    const evaluation = await engine.evaluate(DECISION_AND_WATCHED.entrypoint, text, signal);
    const both = readEvaluation(evaluation, releases, DECISION_AND_WATCHED);
    if (both.kind === 'decided') {
      const { decision, watched } = both.value;
      const read = { ...both, value: decision };
      return { read, watched: this.#watched(context, readValue(watched, both, WATCHED)) };
    }
    if (evaluation.kind !== 'failed' || evaluation.code !== 'evaluation_error')
      return { read: both, watched: NOTHING_WATCHED };
    const { read } = await alone();
    // What is decided without the watched rules can only have failed by them; otherwise they are not to blame.
    return { read, watched: read.kind === 'decided' ? this.#watched(context, both) : NOTHING_WATCHED };
  }

  /** The watched rules that matched, or why none was heard. Whatever became of them is told, and changes nothing. */
  #watched(context: CallContext, read: Read<Watched>): Heard['watched'] {
    if (read.kind === 'decided') return { rules: read.value.rules.map(({ rule }) => rule), failures: [] };
    const { decisionId } = context.call;
    this.#tell({ ...read, decisionId, entrypoint: WATCHED.entrypoint });
    return { rules: [], failures: read.subjects.map((subject) => ({ kind: read.reason, subject })) };
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
    const said =
      withheldFrom(context.input, this.#options.releases.withheld?.()) ??
      (await work().catch((cause: unknown) =>
        undecided('policy_unavailable', { subjects: ['gateway'], engine: 'none', cause }),
      ));
    const read = said.kind === 'decided' ? ofOneRelease(said, context.release) : said;
    if (read.kind === 'undecided') this.#tell({ ...read, decisionId: context.call.decisionId, entrypoint });
    return read;
  }

  #tell(event: UndecidedEvent): void {
    try {
      this.#options.onUndecided(event);
    } catch {} // Whoever listens may fail; a refusal stays one.
  }

  #factsOf(context: Context): Begun {
    return { context, startedMs: performance.now() };
  }
}

/** What is known of a decision before any engine has answered. */
type Begun = Omit<GatewayFacts, 'engine'>;

type Watched = z.infer<typeof WatchedAnswer>;

/** The whole answer, and the text of the input that it was given to. */
interface Answered {
  readonly answer: Answer;
  readonly inputText: string;
}

/** What the kernel answered, and full ids of the watched rules that matched, or why none of them was heard. */
interface Heard {
  readonly read: Read<KernelAnswer>;
  readonly watched: { readonly rules: string[]; readonly failures: Answer['metadata']['failures'] };
}

const NOTHING_WATCHED: Heard['watched'] = { rules: [], failures: [] };

function decisionOf(answer: Answer, release: Release): Decision {
  const { engine, latency_ms } = answer.metadata;
  return { answer, engine, releaseDigest: release.digest, decisionMs: latency_ms };
}

/**
 * An answer counts only when the release that gave it is the one whose catalogue and directory described the call: between a
 * switch and the engine’s following it, facts of one release would meet rules of the other.
 */
function ofOneRelease<Value>(
  read: Extract<Read<Value>, { kind: 'decided' }>,
  described: Release | undefined,
): Read<Value> {
  if (described?.policyVersion === read.release.policyVersion) return read;
  const subjects = [read.release.policyVersion];
  return undecided('revision_mismatch', { subjects, retryable: true, engine: read.engine });
}
