import { fileURLToPath } from 'node:url';
import {
  type CallChannel,
  type Conversation,
  type Principal,
  ServerConfiguration,
  type ServerNotification,
  type ServerQuestion,
  type ServerReply,
} from '@bailiff/contract';
import type { z } from 'zod';
import { toolCall } from '../../testing/calls.ts';
import { openUpstreams, type UpstreamsOptions } from '../open-upstreams.ts';
import type { Upstream } from '../upstream.ts';

const SERVER = fileURLToPath(new URL('talking-stdio-server.ts', import.meta.url));
const NEVER = new AbortController().signal;

type Stdio = Partial<Extract<z.input<typeof ServerConfiguration>, { transport: 'stdio' }>>;

/** A conversation of this user with the tests’ agent. */
export function conversationOf(key: string, user = 'mara', capabilities = {}): Conversation {
  const principal: Principal = { ...toolCall('any').principal, userId: user };
  return { key, principal, capabilities };
}

/** A way back to a client that accepts what it is asked once `answers` allows it, and remembers what it heard. */
export function recordingChannel(answers: Promise<ServerReply> = accepting()) {
  const heard: ServerNotification[] = [];
  const asked: ServerQuestion[] = [];
  const channel: CallChannel = {
    capabilities: { elicitation: {} },
    wantsProgress: true,
    logLevel: 'info',
    notified: (notification) => void heard.push(notification),
    asked: (question) => {
      asked.push(question);
      return answers;
    },
  };
  return { channel, heard, asked };
}

export async function accepting(): Promise<ServerReply> {
  return { member: 'result', json: '{\n"action": "accept"\n}' };
}

/** The talking server over stdio as the gateway reaches it. */
export function openStdio(
  { args = [], ...configuration }: Omit<Stdio, 'args'> & { readonly args?: readonly string[] },
  options: Partial<UpstreamsOptions> = {},
) {
  const logged: string[] = [];
  const server = ServerConfiguration.parse({
    transport: 'stdio',
    command: 'node',
    args: [SERVER, ...args],
    ...configuration,
  });
  const upstreams = openUpstreams(
    { talking: server },
    {
      environment: process.env,
      directory: process.cwd(),
      log: (_level, _server, message) => void logged.push(message),
      ...options,
    },
  );
  const talking = upstreams.byName.get('talking') as Upstream;
  let calls = 0;
  /** Calls a tool; gives what the server put into its text. */
  const call = async (
    tool: string,
    {
      conversation = conversationOf('one'),
      channel = undefined as CallChannel | undefined,
      timeoutMs = 20_000,
    } = {},
  ) => {
    calls += 1;
    const id = `call-${calls}`;
    const { bytes = Buffer.alloc(0) } = toolCall(tool, { decisionId: id });
    const reply = await talking.forward({ id, bytes, conversation, channel, timeoutMs }, NEVER);
    return JSON.parse(JSON.parse(reply.json).content[0].text);
  };
  return { talking, call, logged, [Symbol.asyncDispose]: () => upstreams[Symbol.asyncDispose]() };
}
