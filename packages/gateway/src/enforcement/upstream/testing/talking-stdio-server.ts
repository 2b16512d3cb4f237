/**
 * An MCP server over stdio that asks and announces, of either era: without sessions when it is started with `--stateless`;
 * with `--fragile` it ends when it is asked for the era that it does not speak.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

type Params = Record<string, unknown> & { readonly name?: string; readonly uri?: string };
type Message = {
  readonly id?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: unknown;
  readonly error?: unknown;
};

const isStateless = process.argv.includes('--stateless');
const capabilities = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} };
const serverInfo = { name: 'talking', version: '1' };
const notes: unknown[] = [];
let declared: unknown;
let subscription: string | undefined;
/** Calls that wait for the answer to a question, by the question’s id. */
const waiting = new Map<string, string>();

function say(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

function text(id: string | undefined, value: unknown): void {
  const complete = isStateless ? { resultType: 'complete' } : {};
  say({ id, result: { ...complete, content: [{ type: 'text', text: JSON.stringify(value) }] } });
}

/** Says something on the running subscription, or where there are none to nobody in particular. */
function announce(method: string, params: object = {}): void {
  const meta = isStateless ? { _meta: { 'io.modelcontextprotocol/subscriptionId': subscription } } : {};
  say({ method, params: { ...meta, ...params } });
}

const TOOLS: Record<string, (id: string | undefined, params: Params) => void> = {
  whoami: (id) => text(id, { pid: process.pid, declared }),
  notes: (id) => text(id, notes),
  ask: (id) => {
    waiting.set(`question-${id}`, String(id));
    say({ id: `question-${id}`, method: 'elicitation/create', params: { message: 'Sure?', asks: id } });
  },
  progress: (id) => {
    say({ method: 'notifications/progress', params: { progressToken: id, progress: 1 } });
    say({ method: 'notifications/progress', params: { progressToken: 'of-another', progress: 2 } });
    text(id, 'done');
  },
  touch: (id) => {
    announce('notifications/resources/updated', { uri: 'test://one' });
    announce('notifications/resources/updated', { uri: 'test://two' });
    announce('notifications/tools/list_changed');
    say({ method: 'notifications/message', params: { level: 'error', data: 'about it' } });
    text(id, 'touched');
  },
  hang: () => undefined,
  exit: () => process.exit(3),
  spawn: (id) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    text(id, { pid: process.pid, child: child.pid });
  },
};

const SESSION: Record<string, (id: string | undefined, params: Params) => void> = {
  initialize: (id, params) => {
    declared = params.capabilities;
    say({ id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } });
  },
  'resources/subscribe': (id, { uri }) => {
    notes.push(['subscribe', uri]);
    if (uri === 'test://forbidden') say({ id, error: { code: -32602, message: 'No' } });
    else say({ id, result: {} });
  },
  'resources/unsubscribe': (id, { uri }) => {
    notes.push(['unsubscribe', uri]);
    say({ id, result: {} });
  },
  'logging/setLevel': (id, { level }) => {
    notes.push(['level', level]);
    say({ id, result: {} });
  },
};

const STATELESS: Record<string, (id: string | undefined, params: Params) => void> = {
  'server/discover': (id) => {
    const _meta = { 'io.modelcontextprotocol/serverInfo': serverInfo };
    const versions = { supportedVersions: ['2026-07-28'], capabilities, _meta };
    say({ id, result: { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...versions } });
  },
  'subscriptions/listen': (id, params) => {
    notes.push(['listen', params.notifications]);
    subscription = id;
    announce('notifications/subscriptions/acknowledged', { notifications: params.notifications });
  },
};

const METHODS = {
  ...(isStateless ? STATELESS : SESSION),
  'tools/list': (id: string | undefined) =>
    say({ id, result: { tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: {} })) } }),
  'resources/list': (id: string | undefined) =>
    say({ id, result: { resources: ['one', 'two'].map((name) => ({ uri: `test://${name}`, name })) } }),
  'tools/call': (id: string | undefined, params: Params) => TOOLS[params.name ?? '']?.(id, params),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {}, result, error }: Message = JSON.parse(line);
  if (method === undefined) {
    const call = waiting.get(id ?? '');
    if (call !== undefined) text(call, { result, error });
    return;
  }
  if (method === 'notifications/cancelled') notes.push(['cancelled', params.requestId]);
  if (Object.hasOwn(METHODS, method)) METHODS[method as keyof typeof METHODS]?.(id, params);
  else if (id === undefined) return;
  else if (process.argv.includes('--fragile')) process.exit(9);
  else say({ id, error: { code: -32601, message: 'No such method' } });
});
