import { type Conversation, Failure, isLogLevel, type JsonObject } from '@bailiff/contract';
import { subscribe } from '../actions/subscriptions.ts';
import { checkParams } from '../actions/targets/names.ts';
import { plainUriOf } from '../actions/targets/resource-uri.ts';
import { callTool } from '../actions/tools.ts';
import { uriAt } from '../all-servers/names.ts';
import { isObject } from '../message.ts';
import { ACTIONS } from '../methods.ts';
import { resultOf } from '../reply.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import type { McpSession } from './sessions.ts';
import { askTask, listTasks, runsTasks, type TaskOwners } from './tasks.ts';

/** What the actions of this era need besides the request. */
export interface SessionPlace {
  readonly session: McpSession;
  readonly tasks: TaskOwners;
}

type SessionAction = (context: RequestContext, place: SessionPlace) => Promise<Reply>;

const EMPTY = resultOf({});

/** What answers the methods of this era only, or differently in it. */
const SESSION_ACTIONS: ReadonlyMap<string, SessionAction> = new Map<string, SessionAction>([
  ['ping', async () => EMPTY],
  ['tools/call', callToolOrTask],
  ['resources/subscribe', subscribeHere],
  ['resources/unsubscribe', unsubscribeHere],
  ['logging/setLevel', setLevel],
  ['tasks/get', (context, { tasks }) => askTask('tasks/get', context, tasks)],
  ['tasks/result', (context, { tasks }) => askTask('tasks/result', context, tasks)],
  ['tasks/cancel', (context, { tasks }) => askTask('tasks/cancel', context, tasks)],
  [
    'tasks/list',
    (context, { tasks }) => context.server.front?.answerTasks(context, tasks) ?? listTasks(context, tasks),
  ],
]);

/** What a request of this era is answered. @throws Failure `method_refused` for methods that are not served. */
export async function answerRequest(
  method: string,
  context: RequestContext,
  place: SessionPlace,
): Promise<Reply> {
  const special = SESSION_ACTIONS.get(method);
  if (special !== undefined) return special(context, place);
  const action = ACTIONS.get(method);
  if (action === undefined) throw new Failure('method_refused');
  return action(context);
}

/** In which conversation the session’s server is spoken to about it. */
export function conversationOf(session: McpSession, principal: RequestContext['principal']): Conversation {
  return { key: session.id, capabilities: session.capabilities, principal };
}

/** A call that is to be run as a task is one where its server runs tasks; where it does not, the wish is dropped, as MCP has it. */
async function callToolOrTask(context: RequestContext, { tasks }: SessionPlace): Promise<Reply> {
  const { task, ...params } = context.params;
  if (task === undefined) return callTool(context);
  if (!isObject(task) || Object.keys(task).some((key) => key !== 'ttl')) {
    throw new Failure('invalid_params', 'The member task takes ttl only.');
  }
  if (task.ttl !== undefined && typeof task.ttl !== 'number') {
    throw new Failure('invalid_params', 'The task’s ttl is not a number of milliseconds.');
  }
  const isTask = await runsTasks(context);
  const reply = await callTool({ ...context, params, ...(isTask ? { task } : {}) });
  const { name: toolName } = params;
  if (isTask && reply.member === 'result' && typeof toolName === 'string') {
    const result: JsonObject = JSON.parse(reply.json);
    tasks.created(result, { ...context, toolName });
  }
  return reply;
}

async function subscribeHere(context: RequestContext, { session }: SessionPlace): Promise<Reply> {
  const { params, principal } = context;
  checkParams('resources/subscribe', params, ['uri']);
  const uri = plainUriOf(params);
  return subscribe(context, async (signal) => {
    const told = uriAt(session.server, { serverName: context.serverName, own: uri });
    await session.announcements.subscribe(told, conversationOf(session, principal), signal);
    return EMPTY;
  });
}

/** Ends what was decided before: nothing more is heard. */
async function unsubscribeHere(
  { params, principal, serverName, signal }: RequestContext,
  { session }: SessionPlace,
): Promise<Reply> {
  checkParams('resources/unsubscribe', params, ['uri']);
  const told = uriAt(session.server, { serverName, own: plainUriOf(params) });
  await session.announcements.unsubscribe(told, conversationOf(session, principal), signal);
  return EMPTY;
}

/** How much the server’s log tells this conversation: harmless, and it holds here whether or not the server takes it. */
async function setLevel(context: RequestContext, { session }: SessionPlace): Promise<Reply> {
  const { params, principal, signal } = context;
  checkParams('logging/setLevel', params, ['level']);
  if (!isLogLevel(params.level)) throw new Failure('invalid_params', 'The level is none that MCP knows.');
  const { capabilities } = await session.admittedTo.describe(signal);
  if (capabilities.logging === undefined) throw new Failure('method_refused');
  await session.announcements
    .setLevel(params.level, conversationOf(session, principal), signal)
    .catch(() => undefined); // Messages are cut down here in any case.
  return EMPTY;
}
