import { hash } from 'node:crypto';
import {
  type Call,
  type CallContext,
  type Candidate,
  type Configuration,
  type Context,
  type EnforcementResult,
  Failure,
  type FailureCode,
  INPUT_SCHEMA,
  type Input,
  type JsonObject,
  type ListCall,
  type ListContext,
  type Release,
} from '@bailiff/contract';
import canonicalize from 'canonicalize';
import { type Conversations, runsTool, type Whose } from './conversations.ts';
import { classesOf, dataClassSources, sortedSet } from './data-classes.ts';
import { defaultedPaths } from './defaulted-paths.ts';
import { environmentAt } from './environment.ts';
import { type Given, givenInstantMs, givenOf, withEverythingGiven, withOwnView } from './given-facts.ts';
import { agentOf, UNKNOWN, userOf } from './principal-facts.ts';
import { ownEntry, type TargetFacts, targetFacts } from './target-facts.ts';

/** Bytes of JSON that are taken for one token where nobody reports tokens. */
const BYTES_PER_TOKEN = 4;

/** Most entries of a list that are decided about. */
const CANDIDATES_MAX = 2_000;

/** Failures after which an agent may all the same have been shown part of an answer. */
const MAY_HAVE_ANSWERED: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'upstream_timeout',
  'upstream_invalid',
  'client_gone',
  'obligation_unmet',
  'internal',
]);

export interface ContextOptions {
  readonly configuration: Pick<Configuration, 'environment' | 'servers'>;
  readonly releases: {
    current(): Release | undefined;
    /** The release that a call of this agent is described by, where it may be another than the current one. */
    releaseFor?(agentId: string): Release | undefined;
  };
  readonly conversations: Conversations;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Builds the document that policy sees, and keeps what later ones need to know. */
export interface ContextStage {
  /**
   * Counts the call in its conversation and describes it. Without an active release everything that it would say is
   * `unknown`, so that deciding can refuse on the record.
   * @throws Failure `input_invalid` when arguments or given facts cannot be described; `client_gone` on abort. Neither counts.
   */
  contextOf(call: Call, signal: AbortSignal): Promise<CallContext>;
  /**
   * The same call at the same instant as another release describes it. Counts nothing. @throws Failure `input_invalid` when
   * given facts cannot be described by it.
   */
  describedBy(described: CallContext, release: Release): CallContext;
  /** Counts nothing. @throws Failure `upstream_invalid` for more entries than are decided about; `client_gone` on abort. */
  listContextOf(call: ListCall, signal: AbortSignal): Promise<ListContext>;
  /**
   * Takes note of what became of a call. `answered` stands for an allow that the caller enforces; a denial or a demand for
   * approval is `refused` or `held` there too.
   */
  remember(context: CallContext, result: EnforcementResult<unknown>): void;
}

export function createContextOf(options: ContextOptions): ContextStage {
  const ownContexts = new WeakMap<CallContext, Context>();
  return {
    async contextOf(call, signal) {
      if (signal.aborted) throw new Failure('client_gone');
      const startedAt = performance.now();
      const begun = begin(call, options);
      const facts = describe(call, begun, options);
      const described = { call, ...facts, contextMs: performance.now() - startedAt };
      // A caller’s own view is part of the input’s context; another release needs it as it was without.
      if (call.given !== undefined) ownContexts.set(described, begun.context);
      return described;
    },
    describedBy(described, release) {
      if (described.release === release) return described;
      const { call, input } = described;
      const begun = {
        release,
        tokens: tokensOf(Buffer.byteLength(callText(call).text)),
        context: ownContexts.get(described) ?? input.context,
      };
      const again = describe(call, begun, options);
      const { environment } = input; // Of the same instant.
      return { ...described, ...again, input: { ...again.input, environment } };
    },
    async listContextOf(call, signal) {
      if (signal.aborted) throw new Failure('client_gone');
      const startedAt = performance.now();
      const described = describeList(call, options);
      return { call, ...described, contextMs: performance.now() - startedAt };
    },
    remember({ call, release, input }, result) {
      if (call.given?.simulated === true) return;
      const isShown =
        result.kind === 'forwarded' ||
        result.kind === 'answered' ||
        (result.kind === 'failed' && MAY_HAVE_ANSWERED.has(result.failure.code));
      options.conversations.end({
        ...whoseOf(call),
        type: call.type,
        tool: input.action.tool,
        carriedOut: result.kind === 'forwarded' || result.kind === 'answered',
        witnessed: call.given === undefined || call.given.trusted,
        tokens: result.kind === 'forwarded' ? tokensOf(result.bytes) : 0,
        returns: isShown ? targetFacts(release?.catalogue, call).returns : [],
      });
    },
  };
}

/** What is known of a call before a release describes it, and which release that is. */
interface Begun {
  readonly release: Release | undefined;
  readonly tokens: number;
  readonly context: Context;
}

/** Counts the call in its conversation. */
function begin(call: Call, options: ContextOptions): Begun {
  const release = releaseOf(call, options);
  givenOf(call.given); // Refused before it counts.
  const { text, digest } = callText(call);
  const tokens = tokensOf(Buffer.byteLength(text));
  const context =
    call.given?.simulated === true
      ? simulatedContext(call, tokens)
      : options.conversations.begin({ ...whoseOf(call), type: call.type, digest, tokens });
  return { release, tokens, context };
}

function releaseOf({ principal }: AnyCall, { releases }: ContextOptions): Release | undefined {
  return releases.releaseFor === undefined ? releases.current() : releases.releaseFor(principal.agentId);
}

function describe(
  call: Call,
  { release, tokens, context }: Begun,
  options: ContextOptions,
): Omit<CallContext, 'call' | 'contextMs'> {
  const given = givenOf(call.given);
  const facts = targetFacts(release?.catalogue, call);
  const simulated = call.given?.simulated === true;
  const sources = dataClassSources({
    type: call.type,
    facts,
    args: call.args,
    seen: context.data_classes_seen,
    given: given.action?.data_classes_referenced ?? [],
  });
  const computed: Input = {
    ...sectionsOf(call, { context, release, given, options }),
    action: {
      ...placedAction(call, { facts, release, options }),
      phase: 'request',
      args: call.args,
      estimated_tokens: tokens,
      data_classes_referenced: classesOf(sources),
    },
  };
  const defaulted = defaultedPaths(computed, {
    release,
    facts,
    given: call.given === undefined ? undefined : given,
  });
  if (!simulated) {
    const input = call.given === undefined ? computed : withOwnView(computed, given);
    return { input, release, dataClassSources: sources, defaulted };
  }
  const classesGiven = given.action?.data_classes_referenced;
  return {
    input: withEverythingGiven(computed, given, call.args),
    release,
    dataClassSources:
      classesGiven === undefined
        ? sources
        : sortedSet(classesGiven).map((name) => ({ class: name, source: 'caller' as const })),
    defaulted,
  };
}

function describeList(call: ListCall, options: ContextOptions): Omit<ListContext, 'call' | 'contextMs'> {
  if (call.candidates.length > CANDIDATES_MAX)
    throw new Failure('upstream_invalid', `The server lists more than ${CANDIDATES_MAX} entries.`);
  const release = releaseOf(call, options);
  const context = options.conversations.view(whoseOf(call));
  const facts = targetFacts(release?.catalogue, { ...call, isPattern: true });
  const candidates = call.candidates.map(({ target, tool_name }): Candidate => {
    const named = { target, server: call.server, toolName: tool_name };
    const candidate = targetFacts(release?.catalogue, { ...named, isPattern: true });
    return {
      target,
      server: call.server,
      tool: toolOf(named),
      tool_name,
      effects: sortedEffects(candidate),
      blast_radius: candidate.blastRadius,
      data_classes_referenced: sortedSet(candidate.classes),
    };
  });
  return {
    input: {
      ...sectionsOf(call, { context, release, given: {}, options }),
      action: {
        ...placedAction(call, { facts, release, options }),
        phase: 'list',
        args: {},
        estimated_tokens: 0,
        data_classes_referenced: sortedSet(facts.classes),
      },
      candidates,
    },
    release,
    dataClassSources: [],
    defaulted: [],
  };
}

type AnyCall = Call | ListCall;

function whoseOf(call: AnyCall): Whose {
  const { principal, conversationKey } = call;
  // A key given to the decision API is a name; one of a protocol may be a session id, which is a secret.
  const isName = 'given' in call && call.given !== undefined && conversationKey !== '';
  const label = principal.conversation || (isName ? conversationKey : principal.agentId);
  return { principal, conversationKey, label };
}

/** The parts of the input that do not depend on what is attempted. */
function sectionsOf(
  call: AnyCall,
  about: {
    readonly context: Context;
    readonly release: Release | undefined;
    readonly given: Given;
    readonly options: ContextOptions;
  },
): Omit<Input, 'action'> {
  const { context, release, given, options } = about;
  const simulatedAtMs = 'given' in call && call.given?.simulated ? givenInstantMs(given) : undefined;
  return {
    schema: INPUT_SCHEMA,
    agent: agentOf(call.principal, release),
    user: userOf(call.principal, release),
    result: null,
    context,
    session: call.session,
    environment: environmentAt(simulatedAtMs ?? options.clock(), options.configuration.environment),
    usage: {},
    approval: null,
  };
}

type PlacedAction = Omit<Input['action'], 'phase' | 'args' | 'estimated_tokens' | 'data_classes_referenced'>;

function placedAction(
  call: AnyCall,
  about: {
    readonly facts: TargetFacts;
    readonly release: Release | undefined;
    readonly options: ContextOptions;
  },
): PlacedAction {
  const { facts, release, options } = about;
  const { kind, id } = call.target;
  const model = kind === 'model' ? ownEntry(release?.catalogue.models, id) : undefined;
  const subagent = kind === 'subagent' ? ownEntry(release?.catalogue.subagents, id) : undefined;
  const place =
    model ?? ownEntry(options.configuration.servers, call.server) ?? ownEntry(release?.servers, call.server);
  return {
    type: call.type,
    target: call.target,
    server: call.server,
    tool: toolOf(call),
    tool_name: call.toolName,
    model: call.model,
    subagent: call.subagent,
    provider: subagent?.provider ?? place?.provider ?? UNKNOWN,
    region: subagent?.region ?? place?.region ?? UNKNOWN,
    effects: sortedEffects(facts),
    blast_radius: facts.blastRadius,
  };
}

function toolOf({ server, toolName }: Pick<Call, 'server' | 'toolName'>): string {
  return server === '' || toolName === '' ? toolName : `${server}.${toolName}`;
}

function sortedEffects({ effects }: TargetFacts): Input['action']['effects'] {
  return [...new Set(effects)].sort();
}

function tokensOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** The arguments in one spelling, and a digest that only the same call with the same arguments has. */
function callText(call: Call): { readonly text: string; readonly digest: string } {
  const text = canonical(call.args);
  const named = canonical([call.type, call.server, call.target.kind, call.target.id]);
  return { text, digest: hash('sha256', named + text, 'base64url').slice(0, 22) };
}

function canonical(value: JsonObject | readonly string[]): string {
  try {
    return canonicalize(value) ?? '';
  } catch (cause) {
    throw new Failure('input_invalid', 'A text in the call is not valid Unicode.', { cause });
  }
}

/** A conversation of one call: a simulated one has no past, and leaves nothing behind. */
function simulatedContext(call: Call, tokens: number): Context {
  return {
    conversation_id: 'simulated',
    turn_count: 1,
    cumulative_tokens: tokens,
    tokens_source: 'estimated',
    session_age_seconds: 0,
    tool_calls_in_a_row: runsTool(call.type) ? 1 : 0,
    identical_calls: 1,
    recent_tools: [],
    data_classes_seen: [],
  };
}
