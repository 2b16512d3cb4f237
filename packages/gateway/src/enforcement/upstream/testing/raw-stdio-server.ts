/**
 * An MCP server over stdio that shows exactly what reaches it, and misbehaves when asked to. Each call of a tool does what
 * the tool’s name says; its arguments do not matter.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

const TOOLS = [
  'hash',
  'hang',
  'exit',
  'garbage',
  'foreign',
  'late',
  'huge',
  'invalid',
  'ask',
  'env',
  'spawn',
  'change',
];
const seen: string[] = [];
let extraTool = false;

function say(message: unknown): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...(message as object) })}\n`);
}

function text(id: unknown, value: string): void {
  say({ id, result: { content: [{ type: 'text', text: value }] } });
}

const BEHAVIOURS: Record<string, (id: string, line: string) => void> = {
  hash: (id, line) => text(id, createHash('sha256').update(line).digest('hex')),
  hang: () => undefined,
  exit: () => process.exit(3),
  garbage: (id) => {
    process.stdout.write('this is no message\n{"half":\n\u0000\n');
    text(id, 'after garbage');
  },
  foreign: (id) => {
    say({ id: 'of-someone-else', result: { content: [] } });
    say({ id: 7, result: { content: [] } });
    text(id, 'after foreign');
  },
  late: (id) => void setTimeout(() => text(id, 'late'), 300),
  huge: (id) => {
    process.stdout.write(
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"`,
    );
    for (let written = 0; written < 64; written += 1) process.stdout.write('x'.repeat(65_536));
    process.stdout.write('"}]}}\n');
  },
  invalid: (id) => say({ id, result: 5 }),
  ask: (id) => {
    say({ id: 'question', method: 'sampling/createMessage', params: {} });
    say({ id: 'are-you-there', method: 'ping' });
    const waiting = setInterval(() => {
      const answers = seen.filter((line) => !line.includes('"method"'));
      if (answers.length < 2) return;
      clearInterval(waiting);
      text(id, answers.join('\n'));
    }, 5);
  },
  env: (id) => text(id, JSON.stringify(process.env)),
  spawn: (id) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    text(id, String(child.pid));
  },
  change: (id) => {
    extraTool = true;
    say({ method: 'notifications/tools/list_changed' });
    text(id, 'changed');
  },
};

/** Lines seen so far, for tests that ask what arrived. */
const ANSWERS: Record<string, (id: string, line: string, name: string) => void> = {
  initialize: (id) =>
    say({
      id,
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'raw', version: '1' },
      },
    }),
  'tools/list': (id) =>
    say({
      id,
      result: {
        tools: [...TOOLS, 'seen', ...(extraTool ? ['extra'] : [])].map((name) => ({ name, inputSchema: {} })),
      },
    }),
  'tools/call': (id, line, name) => {
    if (name === 'seen') text(id, seen.join('\n'));
    else BEHAVIOURS[name]?.(id, line);
  },
};

let discovered = '';

/** Knows both eras, settles on that of the first question, and comes to it only when it is asked again. */
const BOTH_ERAS: Record<string, (id: string) => void> = {
  'server/discover': (id) => {
    discovered = id;
  },
  initialize: (id) => {
    const capabilities = { tools: {} };
    say({ id: discovered, result: { supportedVersions: ['2026-07-28', '2025-11-25'], capabilities } });
    say({ id, error: { code: -32600, message: 'Already settled.' } });
  },
};

if (process.argv.includes('--silent')) setInterval(() => undefined, 1_000);
if (process.argv.includes('--stubborn')) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1_000);
}
process.stderr.write('the raw server is here\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  seen.push(line);
  const { id, method, params } = JSON.parse(line);
  if (process.argv.includes('--slow-to-start') && BOTH_ERAS[method] !== undefined) {
    BOTH_ERAS[method](id);
    return;
  }
  if (process.argv.includes('--silent')) return;
  if (ANSWERS[method] !== undefined) ANSWERS[method](id, line, params?.name);
  else if (id !== undefined && method !== undefined)
    say({ id, error: { code: -32601, message: 'No such method' } });
});
