import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Answer } from '@bailiff/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ControlServer, denial, permission } from '../control/testing/control-server.ts';
import { type DecideOptions, decide, decideCommand } from './decide.ts';

let server: ControlServer;
let folder: string;
beforeAll(async () => {
  server = await ControlServer.start();
  folder = await mkdtemp(join(tmpdir(), 'decide-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  server.forget();
  vi.unstubAllEnvs();
});

const QUESTION = JSON.stringify({ action: { type: 'tool_call', tool: 'crm.read', args: { id: 7 } } });

async function run(document: string, options: Partial<DecideOptions> = {}) {
  const input = join(folder, 'input.json');
  await writeFile(input, document);
  const { exitCode, out, error } = await decide({ input, url: server.url, token: 'agent', ...options });
  return { exitCode, out: stripVTControlCharacters(out), error: stripVTControlCharacters(error) };
}

async function answering<T>(answer: (decisionId: string) => Answer, then: () => Promise<T>): Promise<T> {
  const { govern } = server;
  server.govern = async (call) => ({ answer: answer(call.decisionId), result: { kind: 'answered' } });
  try {
    return await then();
  } finally {
    server.govern = govern;
  }
}

describe('bailiff decide', () => {
  test('tells a denial with its reasons, rules, owners, help and id, and exits 1', async () => {
    const { exitCode, out, error } = await run(QUESTION);
    expect({ exitCode, error }).toEqual({ exitCode: 1, error: '' });
    expect(out).toBe(
      [
        '✗ deny Denied: the user is not cleared for customer data.',
        '  reasons      data_class_unauthorized_for_user',
        '  rule         compliance.user_data_access (deny, owner privacy): Users see what they are cleared for',
        '  remediation  request_elevated_data_access',
        '  alternative  action.model = "onprem-70b" would be allowed',
        '  appeal       https://tickets.example/privacy',
        `  decision     ${server.calls[0]?.decisionId}, policy 1.0.0+abc, row 2`,
        '',
      ].join('\n'),
    );
  });

  test('exits 0 for an allow', async () => {
    const { exitCode, out } = await answering(permission, () => run(QUESTION));
    expect(exitCode).toBe(0);
    expect(out).toContain('✓ allow\n');
  });

  test('exits 1 for an approval that is required', async () => {
    const asking = (decisionId: string): Answer => {
      const denied = denial(decisionId);
      if (denied.outcome !== 'deny') throw new Error('unreachable');
      return { ...denied, outcome: 'approval_required', obligations: [] };
    };
    const { exitCode, out } = await answering(asking, () => run(QUESTION));
    expect(exitCode).toBe(1);
    expect(out).toContain('? approval_required');
  });

  test('prints the answer as it came with --json', async () => {
    const { out } = await run(QUESTION, { json: true });
    expect(JSON.parse(out)).toEqual(denial(server.calls[0]?.decisionId ?? ''));
  });

  test('simulates with --simulate, and says so', async () => {
    const { out } = await run(QUESTION, { simulate: true });
    expect(server.calls[0]?.given?.simulated).toBe(true);
    expect(out).toContain('✗ deny (simulated: this grants nothing)');
  });

  test('sends the file as it is, so that what a lenient parser would smooth over is refused', async () => {
    const { exitCode, error } = await run('{"action":{"type":"tool_call","tool":"a.b","tool":"a.c"}}', {
      simulate: true,
    });
    expect(exitCode).toBe(2);
    expect(error).toContain('The body is not acceptable JSON (unparseable).');
    expect(error).toContain('the same key twice');
  });

  test('tells each fault of the document with its mend, and exits 2', async () => {
    const { exitCode, out, error } = await run('{"action":{"type":"tool_call"},"usage":{}}');
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toContain(
      '  action.tool is missing, so that this tool_call has no target. Name the target, as in "tool": "crm.read".',
    );
    expect(error).toContain('  usage comes from the ledger');
    expect(error).toMatch(/Recorded as D\d+\./);
  });

  test('says how to get a credential', async () => {
    vi.stubEnv('BAILIFF_TOKEN', '');
    const none = await decide({ input: join(folder, 'input.json'), url: server.url });
    expect(none).toMatchObject({ exitCode: 2, error: expect.stringContaining('./bailiff token') });
    const bad = await run(QUESTION, { token: 'stale' });
    expect(bad).toMatchObject({ exitCode: 2, error: expect.stringContaining('./bailiff token') });
    vi.stubEnv('BAILIFF_TOKEN', 'agent');
    expect((await decide({ input: join(folder, 'input.json'), url: server.url })).exitCode).toBe(1);
  });

  test('says how to start a gateway where none answers', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : 0;
    closed.close();
    await once(closed, 'close');
    const { exitCode, error } = await run(QUESTION, { url: `http://127.0.0.1:${port}` });
    expect(exitCode).toBe(2);
    expect(error).toContain('npm start');
  });

  test('does not take another program’s answer for a decision, nor follow it elsewhere', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.url);
      if (request.url === '/redirecting/v1/decisions')
        response.writeHead(307, { location: '/v1/decisions' }).end();
      else response.end('{"allow": true}');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    expect(await run(QUESTION, { url })).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('not a bailiff gateway'),
    });
    expect(await run(QUESTION, { url: `${url}/redirecting` })).toMatchObject({ exitCode: 2, out: '' });
    expect(seen).toEqual(['/v1/decisions', '/redirecting/v1/decisions']);
    other.closeAllConnections();
    other.close();
  });

  test('asks the gateway of the configuration that is named', async () => {
    const input = join(folder, 'input.json');
    const config = join(folder, 'bailiff.yaml');
    await writeFile(input, QUESTION);
    await writeFile(config, `policy: { directory: policy }\nlisten: { port: ${server.port} }\n`);
    let out = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    const before = process.exitCode;
    try {
      const words = ['--input', input, '--config', config, '--token', 'agent'];
      await decideCommand().parseAsync(words, { from: 'user' });
      expect(process.exitCode).toBe(1);
    } finally {
      process.exitCode = before;
      write.mockRestore();
    }
    expect(stripVTControlCharacters(out)).toContain('✗ deny');
  });

  test('names the file that cannot be read', async () => {
    const { exitCode, error } = await run(QUESTION, { input: join(folder, 'absent.json') });
    expect(exitCode).toBe(2);
    expect(error).toContain('absent.json cannot be read');
  });

  test('prints nothing that steers a terminal', async () => {
    const hostile = (decisionId: string): Answer => {
      const denied = denial(decisionId);
      if (denied.outcome !== 'deny') throw new Error('unreachable');
      return { ...denied, message: 'no\u001b[2J\u202e\nallow' };
    };
    const { out } = await answering(hostile, () =>
      decide({ input: join(folder, 'input.json'), url: server.url, token: 'agent' }),
    );
    expect(stripVTControlCharacters(out).split('\n')[0]).toBe('✗ deny no\u{FFFD}[2J\u{FFFD}\u{FFFD}allow');
  });

  test('is a command that says what its exit codes mean', () => {
    let help = '';
    decideCommand()
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    expect(help).toContain('0 allow, 1 deny or approval required, 2 could not ask');
  });
});
