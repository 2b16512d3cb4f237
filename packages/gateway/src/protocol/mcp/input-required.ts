import {
  isQuestionMethod,
  type JsonObject,
  LargeResult,
  memberSpans,
  parseStrictText,
  type ServerQuestion,
  type ServerReply,
} from '@bailiff/contract';
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

/** Objects and arrays within each other in an answer that asks. */
const DEPTH_MAX = 64;

/** Cheap and wrong in one direction only: a text without it holds no such answer, however it is read. */
const MARK = /"resultType"\s*:\s*"input_required"|\\/i;

/**
 * The questions of a reply that is no answer yet; undefined for every other reply, and `unusable` for one that asks what
 * cannot be asked.
 */
export function inputRequiredOf(reply: ServerReply): InputRequired | 'unusable' | undefined {
  if (reply.member !== 'result' || !mayAsk(reply)) return undefined;
  const result = onlyReadingOf(reply.json);
  if (result?.resultType !== 'input_required') return 'unusable';
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
    if (!isQuestionMethod(method) || !isObject(params)) return 'unusable';
    questions.set(key, { method, params, json: JSON.stringify(params) });
  }
  return { questions, requestState };
}

function mayAsk(reply: ServerReply): boolean {
  // What stands at the top of a large result was read with it.
  return reply instanceof LargeResult
    ? reply.members.some((member) => isClaim(member.key, () => reply.valueText(member)))
    : MARK.test(reply.json) && claimsToAsk(reply.json);
}

/** Whether any reader may take a result for one that asks: of a key written twice, in small letters or large, the one or the other. */
function claimsToAsk(json: string): boolean {
  try {
    return memberSpans(json).some(({ key, start, end }) => isClaim(key, () => json.slice(start, end)));
  } catch {
    return true; // Nested too deeply to tell.
  }
}

function isClaim(key: string, value: () => string): boolean {
  return key.toLowerCase() === 'resulttype' && JSON.parse(value()) === 'input_required';
}

/**
 * The object of a JSON text of a server’s that all its readers take for the same one; undefined where they would differ. What is
 * decided about is written anew from it, so that nobody is asked anything else.
 */
export function onlyReadingOf(json: string): JsonObject | undefined {
  try {
    const value = parseStrictText(json, { depthMax: DEPTH_MAX });
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
