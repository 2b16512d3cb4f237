import {
  type Call,
  type CallChannel,
  type Conversation,
  type Era,
  Failure,
  failureOf,
  type JsonObject,
  type ListKind,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import type { McpServer } from '../ports.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';

/** What the server of a test does with a call that is allowed. */
export type OnCall = (call: Call, channel: CallChannel, signal: AbortSignal) => Promise<ServerReply>;

export interface SpeakingOptions extends Partial<Omit<TestGatewayOptions, 'servers' | 'enforce'>> {
  readonly onCall?: OnCall;
  readonly era?: Era;
  readonly capabilities?: JsonObject;
  readonly entries?: Partial<Record<ListKind, readonly string[]>>;
  /** Throws where the server does not take a subscription. */
  onWanted?(wanted: Subscription): void;
}

/** One subscription of the gateway’s at the server. */
export interface Heard {
  readonly conversation: Conversation;
  readonly wanted: Subscription[];
  tell(method: string, params?: JsonObject): void;
  isOver: boolean;
}

export interface SpeakingGateway extends TestGateway {
  readonly heard: Heard[];
  /** Conversations that the server was told the end of. */
  readonly endedConversations: string[];
}

const CAPABILITIES = { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} };

/** A gateway whose server `crm` speaks through the channel of each call as a test says. */
export async function startSpeakingGateway(options: SpeakingOptions = {}): Promise<SpeakingGateway> {
  const { onCall, era = 'session', capabilities = CAPABILITIES, entries = {}, onWanted, ...rest } = options;
  const heard: Heard[] = [];
  const endedConversations: string[] = [];
  const listed = (kind: ListKind) =>
    (entries[kind] ?? []).map((id) => ({
      id,
      json: JSON.stringify(kind === 'resources' ? { uri: id } : { name: id }),
      hasOutputSchema: false,
    }));
  const server: McpServer = {
    describe: async () => ({
      era,
      version: era === 'session' ? '2025-11-25' : '2026-07-28',
      capabilities,
      serverInfo: { name: 'crm', version: '1' },
    }),
    list: async (kind) => listed(kind),
    findTool: async (name) => ({ id: name, json: '{}', hasOutputSchema: false }),
    listen: async (conversation, wanted, tell) => {
      onWanted?.(wanted);
      const one: Heard = {
        conversation,
        wanted: [wanted],
        tell: (method, params = {}) => tell(notification(method, params)),
        isOver: false,
      };
      heard.push(one);
      return {
        update: async (changed) => {
          onWanted?.(changed);
          one.wanted.push(changed);
        },
        [Symbol.asyncDispose]: async () => {
          one.isOver = true;
        },
      };
    },
    endConversation: (key) => void endedConversations.push(key),
  };
  const gateway = await startTestGateway({
    ...rest,
    servers: new Map([
      ['crm', server],
      ['desk', server],
    ]),
    enforce: async ({ answer }, call, signal) => {
      if (answer.outcome !== 'allow') return { kind: 'refused' };
      try {
        const response = await carriedOut(call, onCall, signal);
        return { kind: 'forwarded', response, bytes: response.json.length, durationMs: 1 };
      } catch (thrown) {
        return { kind: 'failed', failure: failureOf(thrown), durationMs: 1 };
      }
    },
  });
  return Object.assign(gateway, { heard, endedConversations });
}

function carriedOut(call: Call, onCall: OnCall | undefined, signal: AbortSignal): Promise<ServerReply> {
  if (call.carryOut !== undefined) return call.carryOut(signal);
  if (onCall === undefined || call.channel === undefined) throw new Failure('internal');
  return onCall(call, call.channel, signal);
}

/** A notification as a server writes it. */
export function notification(method: string, params: JsonObject = {}): ServerNotification {
  return { method, params, json: JSON.stringify(params) };
}

/** A result as a server writes it. */
export function result(value: JsonObject): ServerReply {
  return { member: 'result', json: JSON.stringify(value) };
}

/** Rejects with its reason when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
