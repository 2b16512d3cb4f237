import { AGENTS_SERVER, type Call, Failure } from '@bailiff/contract';
import { isObject } from '../message.ts';
import type { ListedEntry, RefusedAnswer } from '../ports.ts';
import { disclosureOf, toolRefusal, unknownTool } from '../refusal.ts';
import { errorOf, statusOf } from '../reply.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { ASIDE_PATIENCE_MS, findToolSoon } from '../servers/patience.ts';
import { act, failureReply, type Plan } from './act.ts';
import { checkParams, isPlainName } from './targets/names.ts';
import { toolTarget } from './targets/tool-target.ts';

/** `tools/call`: decided on the bytes that will be forwarded, answered by the server or by a refusal. */
export async function callTool(context: RequestContext): Promise<Reply> {
  return act(toolPlanOf(context), context);
}

/** @throws Failure `invalid_params`. */
function toolPlanOf(context: RequestContext): Plan {
  const { params } = context;
  checkParams('tools/call', params, ['name', 'arguments']);
  const { name, arguments: args = {} } = params;
  if (!isPlainName(name)) {
    throw new Failure('invalid_params', 'The tool’s name is missing, too long, or holds unfit characters.');
  }
  if (!isObject(args)) throw new Failure('invalid_params', 'The tool’s arguments are not an object.');
  return {
    type: context.serverName === AGENTS_SERVER ? 'subagent_call' : 'tool_call',
    ...toolTarget(context.serverName, name),
    toolName: name,
    args,
    method: 'tools/call',
    params: {
      name,
      ...(params.arguments === undefined ? {} : { arguments: args }),
      ...(context.task === undefined ? {} : { task: context.task }),
    },
    refused: (call, answer) => refusalOf(call, answer, context),
    failed: (call, failure) =>
      failure.code === 'unknown_tool' ? unknownTool(call.decisionId) : failureReply(call, failure),
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

/**
 * A server that cannot be asked, or not soon, is taken to have the tool: its outage must not change what policy says, nor when.
 */
async function listedTool(
  call: Call,
  { server, signal }: RequestContext,
): Promise<Pick<ListedEntry, 'hasOutputSchema'> | undefined> {
  try {
    return await findToolSoon(server, call.toolName, { signal, patienceMs: ASIDE_PATIENCE_MS });
  } catch {
    return { hasOutputSchema: false };
  }
}
