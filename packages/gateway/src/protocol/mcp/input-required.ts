import type { JsonObject, ServerQuestion, ServerReply } from '@bailiff/contract';
import { isObject } from './message.ts';

/** A stateless server’s answer that it needs to know more: questions by the server’s own keys, and what it wants back with them. */
export interface InputRequired {
  readonly questions: ReadonlyMap<string, ServerQuestion>;
  readonly requestState: string | undefined;
}

/** What goes with the same request when it is made again. */
export interface InputAnswers {
  /** By the server’s keys. */
  readonly inputResponses: JsonObject;
  readonly requestState: string | undefined;
}

/** Questions that one answer may hold. */
const QUESTIONS_MAX = 16;

const QUESTIONS: ReadonlySet<unknown> = new Set<ServerQuestion['method']>([
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
]);

/** Cheap and never wrong in one direction only: a text without it holds no such answer. */
const MARK = /"resultType"\s*:\s*"input_required"/;

/**
 * The questions of a reply that is no answer yet; undefined for every other reply, and `unusable` for one that asks what
 * cannot be asked.
 */
export function inputRequiredOf(reply: ServerReply): InputRequired | 'unusable' | undefined {
  if (reply.member !== 'result' || !MARK.test(reply.json)) return undefined;
  const result: JsonObject = JSON.parse(reply.json);
  if (result.resultType !== 'input_required') return undefined;
  const { inputRequests = {}, requestState } = result;
  if (!isObject(inputRequests) || (requestState !== undefined && typeof requestState !== 'string')) {
    return 'unusable';
  }
  const entries = Object.entries(inputRequests);
  if (entries.length > QUESTIONS_MAX) return 'unusable';
  const questions = new Map<string, ServerQuestion>();
  for (const [key, request] of entries) {
    if (!isObject(request)) return 'unusable';
    const { method, params = {} } = request;
    if (!isQuestion(method) || !isObject(params)) return 'unusable';
    questions.set(key, { method, params, json: JSON.stringify(params) });
  }
  return { questions, requestState };
}

export function isQuestion(method: unknown): method is ServerQuestion['method'] {
  return QUESTIONS.has(method);
}
