import {
  type ClientCapabilities,
  Failure,
  type JsonObject,
  QUESTION_ABILITIES,
  type ServerQuestion,
  type ServerReply,
} from '@bailiff/contract';
import { toolTarget } from './actions/targets/tool-target.ts';
import { isObject } from './message.ts';
import { type Asker, callFacts } from './request-context.ts';

/** Which call a server asks about, and how an allowed question reaches the client. */
export interface Asking extends Asker {
  /** The tool that was called; empty where the server asks about something else, or nothing in particular. */
  readonly toolName: string;
  /** Brings the question to the client, and its answer back. @throws Failure `client_gone` or `upstream_timeout`. */
  carryOut(signal: AbortSignal): Promise<ServerReply>;
}

/**
 * A server’s question as a decision of its own about that server: asked only if it is allowed. What is not, is answered to the
 * server with an error that says so. @throws Failure as `govern` does, or what became of the question when it was allowed.
 */
export async function decideQuestion(
  question: ServerQuestion,
  asking: Asking,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { ports, serverName, toolName } = asking;
  const decisionId = ports.newDecisionId();
  const { answer, result } = await ports.govern(
    {
      ...callFacts({ ...asking, decisionId }),
      type: QUESTION_ABILITIES[question.method],
      ...(toolName === ''
        ? { target: { kind: 'tool', id: `${serverName}.*` } }
        : toolTarget(serverName, toolName)),
      toolName,
      args: question.params,
      bytes: Buffer.from(question.json),
      given: undefined,
      carryOut: (carrying) => asking.carryOut(carrying),
    },
    signal,
  );
  if (answer.outcome !== 'allow') return refusedQuestion(decisionId);
  if (result.kind === 'forwarded') return result.response;
  if (result.kind === 'failed') throw result.failure;
  throw new Failure('internal', undefined, { cause: `An allowed question was ${result.kind}.` });
}

/** What needs an ability that the client did not declare is not asked, and nothing is decided about it. */
export function unableFor(
  question: ServerQuestion,
  capabilities: ClientCapabilities,
): ServerReply | undefined {
  if (missingFor([question], capabilities) === undefined) return undefined;
  return errorReply(-32601, 'The client did not declare that it can be asked this.', {});
}

/** Servers learn that policy refused, and not why: its reasons are the caller’s. */
function refusedQuestion(decisionId: string): ServerReply {
  return errorReply(-32003, 'The question was refused by policy; the client was not asked.', {
    failure: 'forbidden',
    decision_id: decisionId,
  });
}

function errorReply(code: number, message: string, data: object): ServerReply {
  return { member: 'error', json: JSON.stringify({ code, message, data }) };
}

/** What a client must have declared to be asked all of this, and has not; undefined where nothing is missing. */
export function missingFor(
  questions: Iterable<ServerQuestion>,
  declared: ClientCapabilities,
): JsonObject | undefined {
  let missing: JsonObject = {};
  for (const question of questions) missing = { ...missing, ...missingForOne(question, declared) };
  return Object.keys(missing).length === 0 ? undefined : missing;
}

function missingForOne({ method, params }: ServerQuestion, declared: ClientCapabilities): JsonObject {
  const { sampling, elicitation, roots } = declared;
  switch (method) {
    case 'roots/list':
      return roots === undefined ? { roots: {} } : {};
    case 'sampling/createMessage': {
      const needsTools = params.tools !== undefined || params.toolChoice !== undefined;
      if (sampling !== undefined && (!needsTools || isObject(sampling.tools))) return {};
      return { sampling: needsTools ? { tools: {} } : {} };
    }
    case 'elicitation/create': {
      const mode = params.mode === undefined || params.mode === 'form' ? 'form' : 'url';
      return mayElicit(elicitation, mode) ? {} : { elicitation: { [mode]: {} } };
    }
  }
}

/** A client that declares neither way takes forms. */
function mayElicit(elicitation: JsonObject | undefined, mode: 'form' | 'url'): boolean {
  if (elicitation === undefined) return false;
  if (isObject(elicitation[mode])) return true;
  return mode === 'form' && elicitation.url === undefined;
}
