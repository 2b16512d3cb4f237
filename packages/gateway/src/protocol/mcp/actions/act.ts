import {
  type Call,
  Failure,
  failureOf,
  type JsonObject,
  type ServerDescription,
  type ServerReply,
  type Target,
} from '@bailiff/contract';
import { type InputAnswers, inputRequiredOf } from '../input-required.ts';
import type { McpServer, RefusedAnswer } from '../ports.ts';
import { errorOf } from '../reply.ts';
import { callFacts, type Reply, type RequestContext } from '../request-context.ts';
import type { AbsenceCode } from './absent.ts';
import { forwardBytes } from './forward-bytes.ts';
import { decidedAddresses } from './url-elicitation.ts';

/** How often one request may be interrupted by questions of its server. */
export const ROUNDS_MAX = 8;

/** One method’s request as it is decided and forwarded, and how its answers are told. */
export interface Plan {
  readonly type: Call['type'];
  readonly target: Target;
  /** Left out where the target is none. */
  readonly subagent?: string;
  readonly toolName: string;
  readonly args: JsonObject;
  readonly method: string;
  /** What goes to the server: nothing that policy does not see. */
  readonly params: JsonObject;
  /** How an allow is carried out where that is not sending the request to the server; the context’s own goes first. */
  readonly carryOut?: Call['carryOut'];
  /** With what an allow fails, where what is named does not exist; left out where it does, or where the server says so. */
  readonly missing?: AbsenceCode;
  refused(call: Call, answer: RefusedAnswer): Promise<Reply>;
  /** Left out where what the server says reaches the client as it is. */
  answered?(call: Call, reply: ServerReply): Reply | Promise<Reply>;
  failed?(call: Call, failure: Failure): Reply;
}

/** Has a request decided and carried out; each round of questions makes it a new call to decide. */
export async function act(plan: Plan, context: RequestContext): Promise<Reply> {
  let { decisionId, answers } = context;
  for (let round = 0; round <= ROUNDS_MAX; round += 1) {
    const { call, spoken } = await callOf(plan, { ...context, decisionId, ...(answers && { answers }) });
    const { answer, result } = await context.ports.govern(call, context.signal);
    if (answer.outcome !== 'allow') return plan.refused(call, answer);
    if (result.kind === 'failed') {
      return plan.failed?.(call, result.failure) ?? failureReply(call, result.failure);
    }
    if (result.kind !== 'forwarded') {
      throw new Failure('internal', undefined, { cause: `An allowed call was ${result.kind}.` });
    }
    const { response } = result;
    // Whatever a server of sessions writes is its answer, and large ones need not be looked through.
    const required = spoken()?.era === 'stateless' ? inputRequiredOf(response) : undefined;
    if (required === undefined) {
      const reply = await decidedAddresses(response, { ...context, decisionId }, plan.toolName);
      return plan.answered?.(call, reply) ?? reply;
    }
    if (required === 'unusable') return failureReply(call, new Failure('upstream_invalid'));
    const continued = await context.inputRequired(required, call);
    if (continued.kind === 'reply') return continued.reply;
    answers = continued.answers;
    decisionId = context.ports.newDecisionId();
  }
  const endless = new Failure('upstream_invalid', 'The server asked too many questions about one request.');
  return { ...errorOf(endless, decisionId), failure: endless };
}

/** A failure told under the call it belongs to. */
export function failureReply({ decisionId }: Pick<Call, 'decisionId'>, failure: Failure): Reply {
  return { ...errorOf(failure, decisionId), failure };
}

/** A call until it is prepared: what is not known before is written into it then. */
type Unprepared = { -readonly [Key in keyof Call]: Call[Key] };

/** A request as a call, and what is known of how its server is spoken to, which may be nothing before the call is prepared. */
async function callOf(
  plan: Plan,
  context: RequestContext,
): Promise<{ readonly call: Call; spoken(): ServerDescription | undefined }> {
  const { type, target, subagent = '', toolName, args, missing } = plan;
  let description = await describedAtOnce(context.server);
  const carryOut =
    missing === undefined ? (context.carryOut ?? plan.carryOut) : () => Promise.reject(new Failure(missing));
  const call: Unprepared = {
    ...callFacts(context),
    type,
    target,
    subagent,
    toolName,
    args,
    bytes: bytesOf(plan, context, description),
    given: undefined,
    ...(context.channel === undefined ? {} : { channel: context.channel }),
    ...(carryOut === undefined ? {} : { carryOut }),
  };
  const { objection } = context;
  if (missing === undefined && (description === undefined || objection !== undefined)) {
    call.prepare = async (signal) => {
      try {
        const [described, objected] = await Promise.all([
          context.server.describe(signal),
          objection?.(signal),
        ]);
        if (objected !== undefined) throw objected;
        description = described;
        call.bytes = bytesOf(plan, context, description);
      } catch (thrown) {
        // What is not known how to write is not sent.
        call.carryOut = () => Promise.reject(failureOf(thrown));
      }
    };
  }
  return { call, spoken: () => description };
}

function bytesOf(
  { method, params }: Plan,
  context: RequestContext,
  description: ServerDescription | undefined,
): Uint8Array {
  const { answers } = context;
  const whole = answers === undefined ? params : { ...params, ...definedOf(answers) };
  return forwardBytes({ method, params: whole }, context, description);
}

function definedOf({ inputResponses, requestState }: InputAnswers): JsonObject {
  return { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
}

/**
 * What a server is, where that is known without asking it. Else it is asked, and told of when an allow needs it: a server that cannot
 * be asked changes nothing of what policy says, nor when.
 */
async function describedAtOnce(server: McpServer): Promise<ServerDescription | undefined> {
  let turn: NodeJS.Immediate | undefined;
  const turned = new Promise<undefined>((resolve) => {
    turn = setImmediate(resolve, undefined);
  });
  const known = await Promise.race([server.describe(NEVER).catch(() => undefined), turned]);
  clearImmediate(turn);
  return known;
}

/** What is asked so goes on until the server’s own time is over, for whoever asks next. */
const NEVER = new AbortController().signal;
