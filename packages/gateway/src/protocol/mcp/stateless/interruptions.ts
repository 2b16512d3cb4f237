import { randomUUID } from 'node:crypto';
import {
  type Call,
  Failure,
  holderKey,
  type JsonObject,
  type ServerQuestion,
  type ServerReply,
  toRpcError,
} from '@bailiff/contract';
import { failureReply, type Plan } from '../actions/act.ts';
import { decideQuestion, missingFor } from '../asks.ts';
import type { InputAnswers, InputRequired } from '../input-required.ts';
import { refusalOfAny } from '../joint-questions.ts';
import { isObject } from '../message.ts';
import type { McpPorts } from '../ports.ts';
import type { Asker, Continued, Reply } from '../request-context.ts';
import type { Envelope } from './envelope.ts';
import type { InterruptibleCall, ParkedCalls, Turn } from './parked-calls.ts';
import { capabilityMissing, questionsReply } from './questions.ts';
import type { Carried, StateOwner, StateSeal } from './sealed-state.ts';
import { SpentStates } from './spent-states.ts';

/** Methods that a server may interrupt with questions, by the parameters that make a call of it what it is. */
const SALIENT: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools/call', ['name', 'arguments']],
  ['prompts/get', ['name', 'arguments']],
  ['resources/read', ['uri']],
]);

/** Answers by the keys of their questions. */
type Answers = Map<string, JsonObject[string]>;

/** What a request brings for questions that were asked about it before. */
export type Retry =
  | { readonly kind: 'none'; readonly ahead: Answers }
  | { readonly kind: 'server'; readonly stateId: string; readonly answers: InputAnswers }
  | { readonly kind: 'parked'; readonly parkedId: string; readonly given: JsonObject };

/** Whose request it is and what may be asked of its client. */
export interface Questioned extends Asker {
  readonly owner: StateOwner;
  readonly envelope: Envelope;
  readonly signal: AbortSignal;
  /** What the client answers before it is asked: used once, and only for what then is asked and may be. */
  readonly ahead: Answers;
}

/** Whether a server may ask something before it answers this method. */
export function isInterruptible(method: string): boolean {
  return SALIENT.has(method);
}

/** Whose call it is, so that its state is worth nothing for another. */
export function stateOwnerOf(
  {
    principal,
    serverName: server,
    route,
  }: Pick<Asker, 'principal' | 'serverName'> & Pick<StateOwner, 'route'>,
  method: string,
  params: JsonObject,
): StateOwner {
  const names = SALIENT.get(method) ?? [];
  const salient = names.flatMap((name): [string, JsonObject[string]][] =>
    params[name] === undefined ? [] : [[name, params[name]]],
  );
  return { principal, server, route, method, salient: Object.fromEntries(salient) };
}

/**
 * A question with which a server of sessions interrupts a call: decided, then asked in whichever request the client comes back.
 * What the client did not declare is not asked.
 */
export async function askThrough(
  call: InterruptibleCall,
  question: ServerQuestion,
  asking: Asker & Pick<Questioned, 'envelope' | 'signal'> & Pick<Plan, 'method' | 'params'>,
): Promise<ServerReply> {
  const { envelope, params, signal } = asking;
  if (missingFor([question], envelope.capabilities) !== undefined) {
    const unable = new Failure('method_refused', 'The client did not declare that it can be asked this.');
    return { member: 'error', json: JSON.stringify(toRpcError(unable)) };
  }
  const toolName = asking.method === 'tools/call' && typeof params.name === 'string' ? params.name : '';
  using decided = call.decides();
  const carryOut = (asked: AbortSignal) => {
    const answer = call.ask(question, asked);
    decided[Symbol.dispose]();
    return answer;
  };
  return await decideQuestion(
    question,
    { ...asking, toolName, carryOut },
    AbortSignal.any([signal, call.signal]),
  );
}

/** Carries questions of servers to clients without sessions, and their answers back in another request. */
export class Interruptions {
  readonly #seal: StateSeal;
  readonly #parked: ParkedCalls;
  readonly #spent: SpentStates;

  /** `monotonicMs` is what the seal goes by. */
  constructor(seal: StateSeal, parked: ParkedCalls, monotonicMs: () => number) {
    this.#seal = seal;
    this.#spent = new SpentStates(monotonicMs);
    this.#parked = parked;
  }

  /**
   * What a request brings back. Answers to what was not asked are dropped, and those without the state that was given out with the
   * questions wait for the server to ask. @throws Failure `invalid_params` for a state that is not this call’s, or whose call waits no more.
   */
  retryOf({ inputResponses = {}, requestState }: JsonObject, owner: StateOwner): Retry {
    if (!isObject(inputResponses) || !Object.values(inputResponses).every(isObject)) {
      throw new Failure('invalid_params', 'The member inputResponses is not an object of results.');
    }
    if (requestState === undefined) return { kind: 'none', ahead: new Map(Object.entries(inputResponses)) };
    if (typeof requestState !== 'string') {
      throw new Failure('invalid_params', 'The member requestState is not a string.');
    }
    const carried = this.#seal.open(requestState, owner);
    if (carried.kind === 'server') {
      const given = Object.entries(inputResponses).filter(([key]) => carried.asked.includes(key));
      const answers = { inputResponses: Object.fromEntries(given), requestState: carried.state ?? undefined };
      return { kind: 'server', stateId: carried.id, answers };
    }
    if (!this.#parked.has(carried.parkedId)) throw answeredAlready();
    return { kind: 'parked', parkedId: carried.parkedId, given: inputResponses };
  }

  /**
   * Has the retry of a call governed so that its state is used up by it, unless it is not allowed: of many that bring the state one
   * reaches the server. What then is decided about the same call needs no state.
   */
  governOnce(
    { stateId }: Extract<Retry, { kind: 'server' }>,
    ports: McpPorts,
    { principal }: StateOwner,
  ): McpPorts['govern'] {
    let isUsed = false;
    return async (call, signal) => {
      if (isUsed) return ports.govern(call, signal);
      this.#spent.spend(stateId, principal);
      isUsed = true;
      const governed = await ports.govern(call, signal);
      if (governed.answer.outcome !== 'allow') this.#spent.giveBack(stateId);
      return governed;
    };
  }

  /** Questions with which a stateless server interrupts: each decided, then handed to the client, with its state under seal. */
  async required(
    { questions, requestState }: InputRequired,
    call: Call,
    questioned: Questioned,
  ): Promise<Continued> {
    if (questions.size === 0 && requestState === undefined) {
      const nothing = new Failure('upstream_invalid', 'The server needs more and does not say what.');
      return toldInstead(failureReply(call, nothing));
    }
    const { toolName } = call;
    const refusal = await this.refusalOf([...questions.values()], { ...questioned, toolName });
    if (refusal !== undefined) return toldInstead(refusal);
    const known = answeredAhead(questions, questioned.ahead);
    if (known !== undefined) return { kind: 'answers', answers: { inputResponses: known, requestState } };
    const state = requestState ?? null;
    const carried: Carried = { kind: 'server', id: randomUUID(), state, asked: [...questions.keys()] };
    return toldInstead(questionsReply(questions, this.#seal.seal(carried, questioned.owner)));
  }

  /** Fetches the call that waits for answers. @throws Failure `invalid_params` where somebody was faster. */
  resume({ parkedId }: Extract<Retry, { kind: 'parked' }>): InterruptibleCall {
    const call = this.#parked.take(parkedId);
    if (call === undefined) throw answeredAlready();
    return call;
  }

  /** What the client is told of a turn: the answer, or the questions, for which the call is parked. */
  replyTo(turn: Turn, call: InterruptibleCall, owner: StateOwner): Reply {
    if (turn.kind === 'reply') return turn.reply;
    const parkedId = this.#park(call, owner);
    return questionsReply(turn.questions, this.#seal.seal({ kind: 'parked', parkedId }, owner));
  }

  #park(call: InterruptibleCall, { principal }: StateOwner): string {
    try {
      return this.#parked.park(call, holderKey(principal));
    } catch (thrown) {
      call.controller.abort(thrown); // Nobody will bring its answers.
      throw thrown;
    }
  }

  /** What the client is told instead of being asked all of this; undefined where it may be asked, which the records then say. */
  async refusalOf(
    questions: readonly ServerQuestion[],
    questioned: Questioned & { readonly toolName: string },
  ): Promise<Reply | undefined> {
    const missing = missingFor(questions, questioned.envelope.capabilities);
    if (missing !== undefined) {
      return failureReply({ decisionId: questioned.ports.newDecisionId() }, capabilityMissing(missing));
    }
    return refusalOfAny(questions, questioned, questioned.signal);
  }
}

function toldInstead(reply: Reply): Continued {
  return { kind: 'reply', reply };
}

function answeredAlready(): Failure {
  return new Failure('invalid_params', 'The call does not wait for answers any more.');
}

/** The answers to all of this, each taken out; undefined where one is missing. */
function answeredAhead(questions: InputRequired['questions'], ahead: Answers): JsonObject | undefined {
  const keys = [...questions.keys()];
  if (keys.length === 0 || !keys.every((key) => ahead.has(key))) return undefined;
  const answers = keys.map((key): [string, JsonObject[string]] => [key, ahead.get(key) ?? {}]);
  for (const key of keys) ahead.delete(key);
  return Object.fromEntries(answers);
}
