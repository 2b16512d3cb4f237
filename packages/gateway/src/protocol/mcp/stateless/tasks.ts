import { Failure, type JsonObject, principalKey, type ServerDescription } from '@bailiff/contract';
import { act, failureReply } from '../actions/act.ts';
import { checkParams } from '../actions/targets/names.ts';
import { toolTarget } from '../actions/targets/tool-target.ts';
import type { HeldTask, TaskShares } from '../client/task-shares.ts';
import { inputRequiredOf } from '../input-required.ts';
import { isObject } from '../message.ts';
import { refusalError } from '../refusal.ts';
import type { Asker, Reply, RequestContext } from '../request-context.ts';
import { declaresTasks } from './discover.ts';
import { TASKS_EXTENSION } from './envelope.ts';
import type { Interruptions, Questioned } from './interruptions.ts';
import { capabilityMissing } from './questions.ts';

/** Longest id of a task, in UTF-16 units. */
const TASK_ID_LENGTH_MAX = 256;

/** What each method takes. */
const PARAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['tasks/get', ['taskId']],
  ['tasks/cancel', ['taskId']],
  ['tasks/update', ['taskId', 'inputResponses']],
]);

/** Whose task it is, and where. */
type Place = Pick<Asker, 'serverName' | 'principal'>;

export function isTaskMethod(method: string): boolean {
  return PARAMS.has(method);
}

/** Whether tasks pass between this client’s era and this server: as the extension has them, and not otherwise. */
export function servesTasks({ era, capabilities }: Pick<ServerDescription, 'era' | 'capabilities'>): boolean {
  return era === 'stateless' && declaresTasks(capabilities);
}

/** The tasks that servers gave out instead of results. Nobody but who made the call learns that there is one. */
export class Tasks {
  readonly #tasks: TaskShares<HeldTask>;
  readonly #interruptions: Interruptions;

  /** `tasks` are those of all doors, which share their bounds. */
  constructor(tasks: TaskShares<HeldTask>, interruptions: Interruptions) {
    this.#tasks = tasks;
    this.#interruptions = interruptions;
  }

  /** Remembers the task that the answer to a call of a tool is, if it is one. */
  created({ member, json }: Reply, place: Place, toolName: string): void {
    if (member !== 'result') return;
    const { resultType, taskId }: JsonObject = JSON.parse(json);
    if (resultType !== 'task' || typeof taskId !== 'string' || taskId.length > TASK_ID_LENGTH_MAX) return;
    const key = keyOf(place.serverName, taskId);
    // A server that gives out an id twice does not hand over the first one’s task.
    if (this.#tasks.has(key)) return;
    const { principal } = place;
    this.#tasks.add(key, { owner: principalKey(principal), toolName, asked: new Map() }, principal);
  }

  /**
   * Asks for, answers or cancels a task, decided as such.
   * @throws Failure `method_refused` where the server has none, `capability_missing`, `invalid_params` for tasks of others.
   */
  async ask(method: string, context: RequestContext, questioned: Questioned): Promise<Reply> {
    if (!servesTasks(await context.server.describe(context.signal))) throw new Failure('method_refused');
    if (!questioned.envelope.takesTasks) throw capabilityMissing({ extensions: { [TASKS_EXTENSION]: {} } });
    checkParams(method, context.params, PARAMS.get(method) ?? []);
    const { taskId, inputResponses = {} } = context.params;
    const task = this.#find(taskId, context);
    if (task === undefined || typeof taskId !== 'string') throw new Failure('invalid_params', 'Unknown task');
    if (!isObject(inputResponses))
      throw new Failure('invalid_params', 'The member inputResponses is not an object.');
    const answers = Object.entries(inputResponses).filter(([key]) => task.asked.has(key));
    return act(
      {
        type: 'task',
        ...toolTarget(context.serverName, task.toolName),
        toolName: task.toolName,
        args: { task_id: taskId, method },
        method,
        params: {
          taskId,
          ...(method === 'tasks/update' ? { inputResponses: Object.fromEntries(answers) } : {}),
        },
        refused: async (_call, answer) => refusalError(answer),
        answered: async (call, reply) =>
          (await this.#refusalIn(reply, task, { ...questioned, toolName: call.toolName })) ?? reply,
      },
      context,
    );
  }

  #find(taskId: unknown, { serverName, principal }: Place): HeldTask | undefined {
    if (typeof taskId !== 'string') return undefined;
    const key = keyOf(serverName, taskId);
    // Who asks for a task of others does not keep it longer.
    return this.#tasks.peek(key)?.owner === principalKey(principal) ? this.#tasks.get(key) : undefined;
  }

  /** What the client is told instead of a task whose questions it must not be asked; each is decided once under each release. */
  async #refusalIn(
    reply: Reply,
    task: HeldTask,
    questioned: Questioned & { readonly toolName: string },
  ): Promise<Reply | undefined> {
    if (reply.member !== 'result') return undefined;
    const { inputRequests }: JsonObject = JSON.parse(reply.json);
    if (inputRequests === undefined) return undefined;
    const json = JSON.stringify({ resultType: 'input_required', inputRequests });
    const required = inputRequiredOf({ member: 'result', json });
    const { ports } = questioned;
    if (required === undefined || required === 'unusable') {
      return failureReply({ decisionId: ports.newDecisionId() }, new Failure('upstream_invalid'));
    }
    const release = ports.release();
    const fresh = [...required.questions].filter(([key]) => task.asked.get(key) !== release);
    const refusal = await this.#interruptions.refusalOf(
      fresh.map(([, question]) => question),
      questioned,
    );
    if (refusal === undefined) for (const [key] of fresh) task.asked.set(key, release);
    return refusal;
  }
}

function keyOf(server: string, taskId: string): string {
  return JSON.stringify([server, taskId]);
}
