import type { z } from 'zod';
import type { Answer, CandidateDecision, EngineName } from './answer.ts';
import type { Failure } from './failure.ts';
import type { ActionType, Candidate, Input, ListInput, Session, Target } from './input.ts';
import type { DataClassSource, DenialDisclosure } from './record.ts';
import type { Release } from './release.ts';
import type { JsonObject } from './values.ts';

/**
 * What a verified credential may do besides calling: `operator` reads every record, `decide_for` asks for others,
 * `pull_bundle` fetches the active release as an OPA elsewhere does.
 */
export const PERMISSIONS = ['operator', 'decide_for', 'pull_bundle'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who acts: an agent, and the user it acts for. Only ever made from a verified credential. */
export interface Principal {
  readonly agentId: string;
  readonly agentVersion: string;
  /** Agents that delegated to this one, outermost first. */
  readonly chain: readonly string[];
  /** Empty when the agent acts for nobody. */
  readonly userId: string;
  readonly authMethod: 'jwt' | 'api_key';
  /** Names the credential without revealing it: a key’s id, or a token’s `jti` or digest. */
  readonly credentialId: string;
  readonly issuer: string;
  readonly permissions: ReadonlySet<Permission>;
  /** A conversation that the credential itself names; empty when it names none. */
  readonly conversation: string;
}

/** One attempted action, as a protocol read it from the wire and before anything is known about its context. */
export interface Call {
  readonly decisionId: string;
  readonly principal: Principal;
  readonly type: ActionType;
  readonly target: Target;
  readonly server: string;
  /** The name as the server lists it; empty where there is none. */
  readonly toolName: string;
  readonly model: string;
  readonly subagent: string;
  readonly args: JsonObject;
  readonly session: Session;
  /** What tells this conversation from the principal’s others; empty when the client keeps none. */
  readonly conversationKey: string;
  /** The exact bytes that go upstream if the call is allowed; undefined where the caller enforces the answer itself. */
  readonly bytes: Uint8Array | undefined;
  /** Facts a caller with its own view of the conversation gave (decision API); undefined elsewhere. */
  readonly given: GivenFacts | undefined;
  /** The way back to the client while the server works on the call; left out where there is none. */
  readonly channel?: CallChannel;
  /**
   * How an allow is carried out where that is not sending `bytes` to the server: handing a server’s question to the client,
   * or a client’s answers to a call that waits for them.
   */
  readonly carryOut?: (signal: AbortSignal) => Promise<ServerReply>;
  /**
   * Asks the server what has to be known of it before an allow can be carried out; left out where nothing has. To be awaited once
   * policy has allowed the call, and before that is recorded: `bytes` and `carryOut` are not final earlier, and a denial needs
   * neither, so that it waits for no server. Never rejects.
   */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
}

/** What a server says to, or asks of, the client that called it, before it answers the call. */
export interface CallChannel {
  /** What the client declared it can do; a server is offered nothing else. */
  readonly capabilities: ClientCapabilities;
  /** Whether the client wants to hear of progress. */
  readonly wantsProgress: boolean;
  /** The lowest level of log messages about this call that the client wants; undefined for none. */
  readonly logLevel: string | undefined;
  /** Hands on what the server says about the call. Never throws and never waits. */
  notified(notification: ServerNotification): void;
  /**
   * Decides about what the server asks, and asks the client if that is allowed. A refusal, the client’s or ours, is a reply with
   * `error`. @throws Failure `client_gone`, `upstream_timeout` when the client does not answer in time, or what deciding throws.
   */
  asked(request: ServerQuestion, signal: AbortSignal): Promise<ServerReply>;
}

/** What a client can be asked for, each as it declared it; left out where it cannot. */
export interface ClientCapabilities {
  readonly sampling?: JsonObject;
  readonly elicitation?: JsonObject;
  readonly roots?: JsonObject;
}

/** A notification of a server’s: `json` is the text of its `params`, `{}` where it has none. */
export interface ServerNotification {
  readonly method: string;
  readonly params: JsonObject;
  readonly json: string;
}

/** A request of a server’s to its client: `json` is `params` as it is sent, written anew; `{}` where there are none. */
export interface ServerQuestion {
  readonly method: 'sampling/createMessage' | 'elicitation/create' | 'roots/list';
  readonly params: JsonObject;
  readonly json: string;
}

/** Parts of the input that the decision API takes from its body. */
export interface GivenFacts {
  readonly simulated: boolean;
  /** Whether the credential may decide for others, so that what it says was done counts as done. */
  readonly trusted: boolean;
  readonly input: Partial<{ readonly [K in keyof Input]: unknown }>;
}

/** A list whose entries are filtered for the caller: one evaluation, one record. */
export interface ListCall
  extends Omit<Call, 'bytes' | 'given' | 'args' | 'channel' | 'carryOut' | 'prepare'> {
  readonly candidates: readonly Pick<Candidate, 'target' | 'tool_name'>[];
}

/** What `context/` makes of a call: the document that policy sees, and where its facts came from. */
export interface CallContext {
  readonly call: Call;
  readonly input: Input;
  /**
   * The release that described it and is to decide it: the active one when the input was made, or the one on trial where that
   * covers the agent. Undefined when none is active.
   */
  readonly release: Release | undefined;
  readonly dataClassSources: readonly DataClassSource[];
  /** Input paths filled with stated defaults, as `context.turn_count`. */
  readonly defaulted: readonly string[];
  readonly contextMs: number;
}

/** What `context/` makes of a list. */
export interface ListContext extends Omit<CallContext, 'call' | 'input'> {
  readonly call: ListCall;
  readonly input: ListInput;
}

/** Our reading of an evaluation: the answer, and what gave it. */
export interface Decision {
  readonly answer: Answer;
  readonly engine: z.infer<typeof EngineName>;
  /** Digest of the release that decided; empty when none did. */
  readonly releaseDigest: string;
  readonly decisionMs: number;
  /** The text of the context’s input that was evaluated, so that nobody has to write it again; left out where none was. */
  readonly inputText?: string;
  /** How much of a denial the caller is told, where its target may be hidden from it; null or left out elsewhere. */
  readonly disclosure?: DenialDisclosure | null;
  /** What the release on trial said. It goes on the record with the answer, and is not part of what anybody is told. */
  readonly candidate?: CandidateDecision;
}

/** A decision about a list: which candidates, by position, the caller may see. */
export interface ListDecision extends Decision {
  readonly visible: readonly number[];
}

/** What a server answered: the text of its `result` or `error`, exactly as it wrote it. */
export interface ServerReply {
  readonly member: 'result' | 'error';
  readonly json: string;
}

/**
 * The two ways of MCP: `session` begins with `initialize` (2024-11-05 to 2025-11-25), `stateless` says everything with every
 * request (2026-07-28).
 */
export type Era = 'session' | 'stateless';

/**
 * In which conversation a server is spoken to. Two principals never share a key, so that a server which keeps state per
 * session keeps it apart.
 */
export interface Conversation {
  readonly key: string;
  /** What the client of this conversation declared it can do. */
  readonly capabilities: ClientCapabilities;
  readonly principal: Principal;
}

/** What a client wants to hear of by itself, beside its calls. */
export interface Subscription {
  /** URIs of resources whose changes are announced. */
  readonly resources: readonly string[];
  /** The lowest level of log messages that belong to no call; undefined for none. */
  readonly logLevel: string | undefined;
}

/** A running subscription. Disposing of it ends it. */
export interface Listening extends AsyncDisposable {
  /** Replaces what is wanted. @throws Failure `upstream_*` when the server does not take it. */
  update(wanted: Subscription, signal: AbortSignal): Promise<void>;
}

/** What a server said of itself. */
export interface ServerDescription {
  readonly era: Era;
  /** The revision that is spoken with it. */
  readonly version: string;
  /** As the server wrote them. */
  readonly capabilities: JsonObject;
  /** Name, version and title only. */
  readonly serverInfo: JsonObject;
}

/** The lists that an MCP server keeps. */
export type ListKind = 'tools' | 'prompts' | 'resources' | 'resource_templates';

/** A request that was refused before there was a decision. */
export interface Refusal {
  readonly decisionId: string;
  /** Undefined when nobody could be made out. */
  readonly principal: Principal | undefined;
  readonly failure: Failure;
  /** As `POST /mcp/crm`, without query; paths that are not served are told as `*`. */
  readonly route: string;
}

/** What an upstream did with a forwarded call. `bytes` counts its answer. */
export interface Forwarded<Response> {
  readonly response: Response;
  readonly bytes: number;
}

/** What enforcement did with a decision. */
export type EnforcementResult<Response> =
  | {
      readonly kind: 'forwarded';
      readonly response: Response;
      readonly bytes: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly durationMs: number };

/** What became of one call: its answer, and what was done about it. */
export interface Governed<Response> {
  readonly answer: Answer;
  readonly result: EnforcementResult<Response>;
}
