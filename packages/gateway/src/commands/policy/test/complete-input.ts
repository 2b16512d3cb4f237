import {
  Action,
  AGENTS_SERVER,
  type Call,
  Configuration,
  Failure,
  Input,
  type Json,
  type JsonObject,
  type Release,
} from '@bailiff/contract';
import { ZodError } from 'zod';
import { createContextOf } from '../../../context/context-of.ts';
import { createConversations } from '../../../context/conversations.ts';
import { isObject } from '../../../distribution/sources/document.ts';
import { nearestName } from '../../../distribution/sources/words/nearest-name.ts';

/** When and where a case is, unless it says so itself: a Sunday afternoon in November, in production. */
const TIME_MS = Date.parse('2026-11-22T13:45:00Z');
const ENVIRONMENT = { region: 'unknown', is_production: true, flags: {} } as const;
const SESSION: Call['session'] = {
  protocol: 'mcp/2025-11-25',
  transport: 'http',
  client_name: '',
  client_version: '',
  auth_method: 'jwt',
};

/** A short input made whole, or what is wrong with it: the path in it, and words for people. */
export type Completed =
  | { readonly kind: 'input'; readonly input: Input }
  | {
      readonly kind: 'fault';
      readonly path: readonly string[];
      readonly detail: string;
      readonly mend: string;
    };

/** Makes short inputs whole, as the gateway does it for a simulated decision by this release. */
export function inputCompleter(
  release: Release,
  servers: Configuration['servers'],
): (short: JsonObject) => Promise<Completed> {
  const context = createContextOf({
    configuration: { environment: { ...ENVIRONMENT }, servers },
    releases: { current: () => release },
    conversations: createConversations({
      limits: Configuration.shape.conversations.parse({}),
      clock: () => TIME_MS,
      secret: new Uint8Array(32),
    }),
    clock: () => TIME_MS,
  });
  return async (short) => {
    const call = callOf(short, release);
    if ('kind' in call) return call;
    try {
      const { input } = await context.contextOf(call, new AbortController().signal);
      return { kind: 'input', input };
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code !== 'input_invalid') throw thrown;
      const [issue] = thrown.cause instanceof ZodError ? thrown.cause.issues : [];
      const mend = 'Compare it with docs/reference/input.md.';
      return { kind: 'fault', path: issue?.path.map(String) ?? [], detail: thrown.detail, mend };
    }
  };
}

type Fault = Extract<Completed, { kind: 'fault' }>;
type Named = Pick<Call, 'type' | 'target' | 'server' | 'toolName' | 'model' | 'subagent'>;

/** Keys of a short input, and those of its action: what a whole one has, and names for what is acted on. */
const INPUT_KEYS: readonly string[] = Object.keys(Input.shape);
const ACTION_KEYS: readonly string[] = [...Object.keys(Action.shape), 'resource', 'prompt'];

/** The first key that no input has: whatever it says would be left out, or told as something that is missing. */
function strayKey(short: JsonObject): Fault | undefined {
  for (const [within, value, known] of [
    [[], short, INPUT_KEYS],
    [['action'], at(short, 'action'), ACTION_KEYS],
  ] as const) {
    const stray = Object.keys(value).find((key) => !known.includes(key));
    if (stray === undefined) continue;
    const near = nearestName(stray, known);
    const mend = near === undefined ? `There is ${known.join(', ')}.` : `\`${near}\` is the nearest.`;
    const path = [...within, stray];
    return fault(path, `\`${path.join('.')}\` is no key of an input.`, mend);
  }
  return undefined;
}

function callOf(short: JsonObject, { directory }: Release): Call | Fault {
  const stray = strayKey(short);
  if (stray !== undefined) return stray;
  const [agent, user, action] = [at(short, 'agent'), at(short, 'user'), at(short, 'action')];
  const agentId = text(agent.id);
  if (agentId === '')
    return fault(['agent'], 'Nobody says who acts.', 'Add `agent: {id: …}` to the case, or to `given`.');
  const named = namedIn(action);
  if ('kind' in named) return named;
  const registered = Object.hasOwn(directory.agents, agentId) ? directory.agents[agentId] : undefined;
  const { resource: _resource, prompt: _prompt, ...stated } = action;
  return {
    ...named,
    decisionId: 'case',
    principal: {
      agentId,
      agentVersion: text(agent.version) || (registered?.versions[0] ?? 'unknown'),
      chain: Array.isArray(agent.chain) ? agent.chain.map(String) : [],
      userId: text(user.id),
      authMethod: 'jwt',
      ...{ credentialId: '', issuer: '', conversation: '' },
      permissions: new Set(),
    },
    args: at(action, 'args'),
    session: SESSION,
    conversationKey: '',
    bytes: undefined,
    given: { simulated: true, trusted: false, input: { ...short, action: stated } },
  };
}

/** What is acted on, by whichever name the action gives. */
function namedIn(action: JsonObject): Named | Fault {
  const names = {
    ...{ tool: text(action.tool), model: text(action.model), subagent: text(action.subagent) },
    ...{ resource: text(action.resource), prompt: text(action.prompt), server: text(action.server) },
    toolName: text(action.tool_name),
  };
  const named = namedBy(names, isObject(action.target) ? action.target : undefined);
  if ('kind' in named) return named;
  const type = text(action.type) as Call['type'] | '';
  return type === '' ? named : { ...named, type };
}

interface Names
  extends Readonly<
    Record<'tool' | 'model' | 'subagent' | 'resource' | 'prompt' | 'server' | 'toolName', string>
  > {}

const NO_NAMES = { server: '', toolName: '', model: '', subagent: '' } as const;

function namedBy(names: Names, target: JsonObject | undefined): Named | Fault {
  const { tool, model, subagent, resource, prompt, server, toolName } = names;
  if (subagent !== '') return subagentNamed(subagent);
  if (tool !== '' || (server !== '' && toolName !== '')) {
    const id = tool === '' ? `${server}.${toolName}` : tool;
    const dot = id.indexOf('.');
    if (dot < 1 || dot === id.length - 1)
      return fault(
        ['action', 'tool'],
        `\`${id}\` does not name a server and its tool.`,
        'Write `<server>.<tool>`, as `crm.read`.',
      );
    const [own, name] = [id.slice(0, dot), id.slice(dot + 1)];
    if (own === AGENTS_SERVER) return subagentNamed(name);
    return { ...NO_NAMES, type: 'tool_call', target: { kind: 'tool', id }, server: own, toolName: name };
  }
  if (model !== '') return { ...NO_NAMES, type: 'model_call', target: { kind: 'model', id: model }, model };
  const [kind, id] = resource !== '' ? (['resource', resource] as const) : (['prompt', prompt] as const);
  if (id !== '') {
    if (server === '')
      return fault(['action'], `The ${kind} is of no server.`, 'Add `server: …`, as it is configured.');
    return {
      ...{ ...NO_NAMES, server, target: { kind, id } },
      type: kind === 'resource' ? 'resource_read' : 'prompt_get',
    };
  }
  if (target === undefined)
    return fault(
      ['action'],
      'Nothing says what is acted on.',
      'Name a `tool`, a `model`, a `subagent`, or a `resource` or `prompt` of a `server`.',
    );
  const stated = target as unknown as Call['target'];
  return { ...NO_NAMES, type: TYPES[stated.kind], target: stated, server };
}

const TYPES: Readonly<Record<Call['target']['kind'], Call['type']>> = {
  tool: 'tool_call',
  resource: 'resource_read',
  prompt: 'prompt_get',
  model: 'model_call',
  subagent: 'subagent_call',
};

/** Subagents are reached as tools of one server. */
function subagentNamed(id: string): Named {
  return {
    type: 'subagent_call',
    target: { kind: 'subagent', id },
    server: AGENTS_SERVER,
    toolName: id,
    model: '',
    subagent: id,
  };
}

function fault(path: readonly string[], detail: string, mend: string): Fault {
  return { kind: 'fault', path, detail, mend };
}

function at(value: JsonObject, key: string): JsonObject {
  const below = Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(below) ? below : {};
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
