import { type Call, Failure } from '@bailiff/contract';
import { isObject } from './message.ts';
import type { ListedEntry, RefusedAnswer } from './ports.ts';
import { disclosureOf, toolRefusal, unknownTool } from './refusal.ts';
import { errorOf, statusOf } from './reply.ts';
import { callFacts, forwardBytes, type Reply, type RequestContext } from './request-context.ts';

/** Longest name of a tool, in UTF-16 units. */
const NAME_LENGTH_MAX = 256;

/** Characters that make two names look alike: control, invisible, separators. A name is matched exactly or not at all. */
const UNFIT_IN_NAME = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}]/u;

const KNOWN_PARAMS = new Set(['name', 'arguments', '_meta']);

/** `tools/call`: decided on the bytes that will be forwarded, answered by the server or by a refusal. */
export async function callTool(context: RequestContext): Promise<Reply> {
  const call = toolCallOf(context);
  const { answer, result } = await context.ports.govern(call, context.signal);
  if (answer.outcome !== 'allow') return refusalOf(call, answer, context);
  switch (result.kind) {
    case 'forwarded':
      return result.response;
    case 'failed':
      return result.failure.code === 'unknown_tool'
        ? unknownTool(call.decisionId)
        : errorOf(result.failure, call.decisionId);
    case 'answered':
    case 'refused':
    case 'held':
      throw new Failure('internal', undefined, { cause: `An allowed call was ${result.kind}.` });
  }
}

/**
 * Members that policy would not see are refused; only `_meta`, which every client may send, is dropped instead.
 * @throws Failure `invalid_params`.
 */
function toolCallOf(context: RequestContext): Call {
  const { params } = context;
  for (const key of Object.keys(params)) {
    if (!KNOWN_PARAMS.has(key)) {
      throw new Failure(
        'invalid_params',
        'tools/call takes name, arguments and _meta; tasks are not served.',
      );
    }
  }
  const { name, arguments: args = {}, _meta: meta = {} } = params;
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX || UNFIT_IN_NAME.test(name)) {
    throw new Failure('invalid_params', 'The tool’s name is missing, too long, or holds unfit characters.');
  }
  if (!isObject(args)) throw new Failure('invalid_params', 'The tool’s arguments are not an object.');
  if (!isObject(meta)) throw new Failure('invalid_params', 'The member _meta is not an object.');
  const forwarded = { name, ...(params.arguments === undefined ? {} : { arguments: args }) };
  return {
    ...callFacts(context),
    type: 'tool_call',
    target: { kind: 'tool', id: `${context.session.server}.${name}` },
    toolName: name,
    args,
    bytes: forwardBytes(context.decisionId, 'tools/call', forwarded),
    given: undefined,
  };
}

/** What the caller may learn of a refusal: everything about tools it sees, nothing about those it does not. */
async function refusalOf(call: Call, answer: RefusedAnswer, context: RequestContext): Promise<Reply> {
  if (answer.outcome === 'deny') {
    const disclosure = await disclosureOf(call, answer, context);
    if (disclosure instanceof Failure) {
      return { ...errorOf(disclosure, call.decisionId), status: statusOf(disclosure, call.decisionId) };
    }
    if (disclosure.kind === 'hidden') return unknownTool(call.decisionId);
    if (disclosure.kind === 'principal') return toolRefusal(disclosure.answer, { hasOutputSchema: false });
  }
  const tool = await listedTool(call, context);
  return tool === undefined ? unknownTool(call.decisionId) : toolRefusal(answer, tool);
}

/** A server that cannot be asked is taken to have the tool: its outage must not change what policy says. */
async function listedTool(
  call: Call,
  { server, signal }: RequestContext,
): Promise<Pick<ListedEntry, 'hasOutputSchema'> | undefined> {
  try {
    return await server.findTool(call.toolName, signal);
  } catch {
    return { hasOutputSchema: false };
  }
}
