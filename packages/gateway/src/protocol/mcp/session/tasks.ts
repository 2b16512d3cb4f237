import { Failure, type JsonObject, type Principal, principalKey } from '@bailiff/contract';
import { act } from '../actions/act.ts';
import { checkParams } from '../actions/targets/names.ts';
import { toolTarget } from '../actions/targets/tool-target.ts';
import type { HeldTask, TaskShares } from '../client/task-shares.ts';
import { isObject } from '../message.ts';
import { refusalError } from '../refusal.ts';
import type { Reply, RequestContext } from '../request-context.ts';

/** Longest id of a task, in UTF-16 units. */
const TASK_ID_LENGTH_MAX = 256;

/** The official client says again, with every question about a task, how it had wanted it. It means nothing and goes no further. */
const REPEATED = ['task'];

/** Who created which task. Nobody else learns that it exists. */
export class TaskOwners {
  readonly #tasks: TaskShares<HeldTask>;

  /** `tasks` are those of all doors, which share their bounds. */
  constructor(tasks: TaskShares<HeldTask>) {
    this.#tasks = tasks;
  }

  /** Remembers the task that an answer to `tools/call` names, if it names one. */
  created(
    result: JsonObject,
    { serverName, principal, toolName }: TaskPlace & { readonly toolName: string },
  ) {
    const { taskId } = isObject(result.task) ? result.task : {};
    if (typeof taskId !== 'string' || taskId.length > TASK_ID_LENGTH_MAX) return;
    const key = keyOf(serverName, taskId);
    // A server that gives out an id twice does not hand over the first one’s task.
    if (this.#tasks.has(key)) return;
    this.#tasks.add(key, { toolName, owner: principalKey(principal), asked: new Map() }, principal);
  }

  /** The tool of a task that this principal created; undefined for every other id. */
  toolOf(taskId: unknown, { serverName, principal }: TaskPlace): string | undefined {
    if (typeof taskId !== 'string') return undefined;
    const key = keyOf(serverName, taskId);
    if (this.#tasks.peek(key)?.owner !== principalKey(principal)) return undefined;
    return this.#tasks.get(key)?.toolName; // Only its owner’s use keeps it.
  }
}

interface TaskPlace {
  readonly serverName: string;
  readonly principal: Principal;
}

/** Whether a server says that it runs calls of tools as tasks. */
export async function runsTasks({ server, signal, client }: RequestContext): Promise<boolean> {
  if (client.protocolVersion < '2025-11-25') return false;
  const { capabilities, era } = await server.describe(signal);
  return era === 'session' && isObject(capabilities.tasks);
}

/** `tasks/get`, `tasks/result` and `tasks/cancel`. @throws Failure `invalid_params` for tasks that are not the caller’s. */
export async function askTask(method: string, context: RequestContext, owners: TaskOwners): Promise<Reply> {
  await checkTasks(context);
  checkParams(method, context.params, ['taskId', ...REPEATED]);
  const { taskId } = context.params;
  const toolName = owners.toolOf(taskId, context);
  if (toolName === undefined || typeof taskId !== 'string') {
    throw new Failure('invalid_params', 'Unknown task');
  }
  return act(
    {
      type: 'task',
      ...toolTarget(context.serverName, toolName),
      toolName,
      args: { task_id: taskId, method },
      method,
      params: { taskId },
      refused: async (_call, answer) => refusalError(answer),
    },
    context,
  );
}

/** `tasks/list`: the server’s, less those that the caller did not create. */
export async function listTasks(context: RequestContext, owners: TaskOwners): Promise<Reply> {
  await checkTasks(context);
  checkParams('tasks/list', context.params, ['cursor', ...REPEATED]);
  const { cursor } = context.params;
  if (cursor !== undefined && typeof cursor !== 'string') {
    throw new Failure('invalid_params', 'The cursor is not a string.');
  }
  return act(
    {
      type: 'task',
      target: { kind: 'tool', id: `${context.serverName}.*` },
      toolName: '',
      args: { method: 'tasks/list' },
      method: 'tasks/list',
      params: cursor === undefined ? {} : { cursor },
      refused: async (_call, answer) => refusalError(answer),
      answered: (_call, reply) => (reply.member === 'error' ? reply : ownOf(reply, context, owners)),
    },
    context,
  );
}

function ownOf(reply: Reply, context: RequestContext, owners: TaskOwners): Reply {
  const result: JsonObject = JSON.parse(reply.json);
  const { tasks } = result;
  const own = (Array.isArray(tasks) ? tasks : []).filter(
    (task) => isObject(task) && owners.toolOf(task.taskId, context) !== undefined,
  );
  return { member: 'result', json: JSON.stringify({ ...result, tasks: own }) };
}

async function checkTasks(context: RequestContext): Promise<void> {
  if (!(await runsTasks(context))) throw new Failure('method_refused');
}

function keyOf(server: string, taskId: string): string {
  return JSON.stringify([server, taskId]);
}
