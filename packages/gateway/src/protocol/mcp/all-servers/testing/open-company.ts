import { type Call, type Era, Failure, failureOf, type JsonObject, type ListKind } from '@bailiff/contract';
import type { McpServer } from '../../ports.ts';
import { ask } from '../../stateless/testing/stateless-client.ts';
import { type Heard, notification } from '../../testing/speaking-server.ts';
import {
  type Sent,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../../testing/test-gateway.ts';

/** The two ways in which clients of a test ask. */
export const ERAS = ['session', 'stateless'] as const;
export type ClientEra = (typeof ERAS)[number];

/** What a server of a test has, and how it answers. */
export interface Scripted {
  readonly entries?: Partial<Record<ListKind, readonly JsonObject[]>>;
  readonly capabilities?: JsonObject;
  /** The server cannot be reached. */
  readonly isDown?: boolean;
  /** The server does not say what it has, as long as this is so. */
  readonly isSilent?: boolean;
  /** Resolves when a silent server says what it was asked after all. */
  readonly speaks?: Promise<unknown>;
  readonly era?: Era;
  answer?(call: Call): JsonObject;
}

export interface Company extends TestGateway {
  readonly heard: Map<string, Heard[]>;
  readonly ended: string[];
  /** Asks at one route, of all servers where it names none, in a session of its own or without one. */
  asks(era: ClientEra, route: string, method: string, params?: JsonObject): Promise<Sent>;
}

const ID = { tools: 'name', prompts: 'name', resources: 'uri', resource_templates: 'uriTemplate' } as const;

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: {},
  resources: { subscribe: true },
  completions: {},
};

/** A gateway before servers of these names. */
export async function openCompany(
  servers: Readonly<Record<string, Scripted>>,
  options: Partial<TestGatewayOptions> = {},
): Promise<Company> {
  const heard = new Map<string, Heard[]>(Object.keys(servers).map((name) => [name, []]));
  const ended: string[] = [];
  const gateway = await startTestGateway({
    servers: new Map(
      Object.entries(servers).map(([name, one]) => [name, serverOf(name, one, { heard, ended })]),
    ),
    enforce: async ({ answer }, call, signal) => {
      if (answer.outcome !== 'allow') return { kind: 'refused' };
      try {
        const said = servers[call.server]?.answer?.(call) ?? { content: [] };
        const response = (await call.carryOut?.(signal)) ?? replyOf(said);
        return { kind: 'forwarded', response, bytes: 1, durationMs: 1 };
      } catch (thrown) {
        return { kind: 'failed', failure: failureOf(thrown), durationMs: 1 };
      }
    },
    ...options,
  });
  const sessions = new Map<string, Promise<string>>();
  const asks: Company['asks'] = async (era, route, method, params = {}) => {
    if (era === 'stateless') return ask(gateway, route, method, params);
    const session = sessions.get(route) ?? gateway.open(route);
    sessions.set(route, session);
    const body = { jsonrpc: '2.0', id: 1, method, params };
    return gateway.send(route, { body, session: await session });
  };
  return Object.assign(gateway, { heard, ended, asks });
}

function replyOf(said: JsonObject) {
  const member = said.code === undefined ? 'result' : 'error';
  return { member, json: JSON.stringify(said) } as const;
}

function serverOf(
  name: string,
  scripted: Scripted,
  { heard, ended }: Pick<Company, 'heard' | 'ended'>,
): McpServer {
  const { entries = {}, capabilities = CAPABILITIES, isDown } = scripted;
  const lists = Object.fromEntries(
    (Object.keys(ID) as ListKind[]).map((kind) => [
      kind,
      (entries[kind] ?? []).map((entry) => ({
        id: String(entry[ID[kind]]),
        json: JSON.stringify(entry),
        hasOutputSchema: false,
      })),
    ]),
  );
  const whenUp = async (signal?: AbortSignal) => {
    if (isDown) throw new Failure('upstream_unavailable', 'It is down.');
    if (scripted.isSilent && signal !== undefined) {
      const left = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      await Promise.race(scripted.speaks === undefined ? [left] : [left, scripted.speaks]);
    }
  };
  return {
    describe: async (signal) => {
      await whenUp(signal);
      const { era = 'session' } = scripted;
      const version = era === 'session' ? '2025-11-25' : '2026-07-28';
      return { era, version, capabilities, serverInfo: { name, version: '9' } };
    },
    list: async (kind, signal) => {
      await whenUp(signal);
      return lists[kind] ?? [];
    },
    findTool: async (tool, signal) => {
      await whenUp(signal);
      return lists.tools?.find(({ id }) => id === tool);
    },
    listen: async (conversation, wanted, tell) => {
      await whenUp();
      const one: Heard = {
        conversation,
        wanted: [wanted],
        tell: (method, params = {}) => tell(notification(method, params)),
        isOver: false,
      };
      heard.get(name)?.push(one);
      return {
        update: async (changed) => void one.wanted.push(changed),
        [Symbol.asyncDispose]: async () => {
          one.isOver = true;
        },
      };
    },
    endConversation: (key) => void ended.push(`${name} ${key}`),
  };
}
