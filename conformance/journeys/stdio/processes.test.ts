import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning, processTree, type Started, until } from '../faults/processes.ts';
import {
  type CompanyOnDisk,
  companyOnDisk,
  gatewaysOf,
  IDLE_EXIT_SECONDS,
  stdioArguments,
  stdioEnvironment,
} from './company-on-disk.ts';
import { INITIALIZE, reasonsOf, StdioClient } from './stdio-client.ts';

const READ = { id: 7, rows: 20 };

const open = (company: CompanyOnDisk) => new StdioClient(stdioArguments(company), stdioEnvironment());

/** A gateway with all that it started, as they are now. */
const everythingOf = (company: CompanyOnDisk): Started[] => gatewaysOf(company.file).flatMap(processTree);

const allGone = (started: readonly Started[]) => !started.some(isRunning);

/** Sooner than a client would kill it. */
const QUICKLY_MS = 5_000;
/** Starting gateways takes most of it on a machine that others use too. */
const TIMEOUT_MS = 240_000;

describe('bailiff stdio', { timeout: TIMEOUT_MS }, () => {
  test('starts a gateway where none runs, which ends a while after its last client, with all it started', async () => {
    await using company = await companyOnDisk();
    await using client = open(company);
    expect(await client.open()).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
    expect(await client.call('read', READ)).toMatchObject({ result: { content: [{ type: 'text' }] } });
    const started = everythingOf(company);
    expect(started.some(({ command }) => /opa run/.test(command))).toBe(true);
    expect(started.some(({ command }) => /servers\/crm/.test(command))).toBe(true);
    // As long as its client runs, it runs, however little is asked of it.
    await new Promise((resolve) => setTimeout(resolve, IDLE_EXIT_SECONDS * 1_500));
    expect(started.every(isRunning)).toBe(true);
    expect(await client.close()).toMatchObject({ code: 0 });
    await until('nothing of it is left', () => allGone(started));
    expect(await company.log()).toContain('listens on');
  });

  test('is one gateway’s however many are started at once, and each is answered its own', async () => {
    await using company = await companyOnDisk();
    await using clients = new AsyncDisposableStack();
    const three = [1, 2, 3].map(() => clients.use(open(company)));
    const opened = await Promise.all(three.map((client) => client.open()));
    for (const one of opened) expect(one).toMatchObject({ result: { serverInfo: { name: 'acme-crm' } } });
    await until('only the first gateway is left', () => gatewaysOf(company.file).length === 1);
    const answers = await Promise.all(
      three.map((client, index) => client.call('read', { id: index + 1, rows: 5 })),
    );
    const customers = answers.map(({ result }) => /"id\\?":(\d+)/.exec(JSON.stringify(result))?.[1]);
    expect(customers).toEqual(['1', '2', '3']);
    const started = everythingOf(company);
    await Promise.all(three.map((client) => client.close()));
    await until('nothing is left', () => allGone(started));
  });

  test('goes on with another gateway when its own is killed, which leaves nothing behind', async () => {
    await using company = await companyOnDisk();
    await using client = open(company);
    await client.open();
    await client.call('read', READ);
    const started = everythingOf(company);
    const [gateway = 0] = gatewaysOf(company.file);
    process.kill(gateway, 'SIGKILL');
    await until('nothing of the killed one is left', () => allGone(started));
    const first = await client.call('read', { id: 9, rows: 5 });
    // Of a call that was sent before anybody noticed it is said that nobody knows; the next one is answered.
    const isUnknown = first.error?.data?.failure === 'not_ready';
    expect(isUnknown ? await client.call('read', { id: 9, rows: 5 }) : first).toMatchObject({
      result: { content: [{ type: 'text' }] },
    });
    expect(gatewaysOf(company.file)).not.toContain(gateway);
    const second = everythingOf(company);
    await client.close();
    await until('nothing is left', () => allGone(second));
  });

  test('ends quickly with its client, and when it is asked to', async () => {
    await using company = await companyOnDisk();
    await using first = open(company);
    await first.open();
    const closed = await first.close();
    expect(closed.code).toBe(0);
    expect(closed.tookMs).toBeLessThan(QUICKLY_MS);
    await using second = open(company);
    await second.open();
    second.child.kill('SIGTERM');
    await until('it has ended', () => second.hasEnded, QUICKLY_MS);
    expect(second.child.exitCode).toBe(0);
    const started = everythingOf(company);
    await until('nothing is left', () => allGone(started));
  });

  test('leaves nothing when it is killed itself', async () => {
    await using company = await companyOnDisk();
    await using client = open(company);
    await client.open();
    await client.call('read', READ);
    const started = everythingOf(company);
    client.child.kill('SIGKILL');
    await until('nothing is left', () => allGone(started));
  });

  test('answers in both eras what is no message, too long or unknown, and goes on', async () => {
    await using company = await companyOnDisk((same) => ({
      ...same,
      limits: { ...same.limits, body_bytes: 4_096 },
    }));
    await using client = open(company);
    await client.open();
    const refusals = () => client.lines.filter(({ error }) => error !== undefined);
    client.write('no message');
    await until('it is refused', () => refusals().length === 1);
    client.write('[{"jsonrpc":"2.0","id":1,"method":"ping"}]');
    await until('a batch is refused', () => refusals().length === 2);
    client.write(`{"jsonrpc":"2.0","id":77,"method":"ping","params":{"x":"${'y'.repeat(8_192)}"}}`);
    await until('a line that is too long is refused', () => refusals().length === 3);
    expect(refusals().map(({ id }) => id)).toEqual([null, null, 77]);
    expect(reasonsOf(await client.request('no/such/method'))).toEqual(['method_refused']);
    expect(await client.request('ping')).toMatchObject({ result: {} });
    await client.close();
  });

  test('answers what was asked before its input ended', async () => {
    await using company = await companyOnDisk();
    await using keeper = open(company);
    await keeper.open();
    await using client = open(company);
    client.send('initialize', INITIALIZE);
    client.notify('notifications/initialized');
    const listed = client.send('tools/list');
    await client.answerTo(listed);
    const read = client.send('tools/call', { name: 'read', arguments: READ });
    await client.close();
    expect(await client.answerTo(read)).toMatchObject({ result: { content: [{ type: 'text' }] } });
    await keeper.close();
  });

  test.each([
    ['without a credential', ['--server', 'crm'], { BAILIFF_KEY: '' }, /BAILIFF_TOKEN .* or BAILIFF_KEY/],
    ['with a server that there is not', ['--server', 'nobody'], {}, /no server nobody\. There are: crm/],
  ])('%s says so and ends, with nothing on its output', async (_what, args, env, said) => {
    await using company = await companyOnDisk();
    await using client = new StdioClient(['stdio', '--config', company.file, ...args], {
      ...stdioEnvironment(),
      ...env,
    });
    await until('it ends', () => client.hasEnded);
    await until('it has said why', () => said.test(client.complained));
    expect(client.child.exitCode).toBe(2);
    expect(client.lines).toEqual([]);
  });

  test('without a server serves all of them as one', async () => {
    await using company = await companyOnDisk();
    await using client = new StdioClient(
      ['stdio', '--config', company.file, '--idle-exit', String(IDLE_EXIT_SECONDS)],
      stdioEnvironment(),
    );
    await client.open();
    const { result } = await client.request('tools/list');
    const names = (result?.tools as { readonly name: string }[]).map(({ name }) => name);
    const read = names.find((name) => /crm.*read$/.test(name)) ?? '';
    expect(names.some((name) => name.includes('payments'))).toBe(true);
    expect(await client.call(read, READ)).toMatchObject({ result: { content: [{ type: 'text' }] } });
    await client.close();
  });

  test('whose gateway cannot start says why to its user alone, and nothing of what earlier ones said', async () => {
    await using company = await companyOnDisk();
    const broken = JSON.parse(readFileSync(company.file, 'utf8'));
    await writeFile(company.file, JSON.stringify({ ...broken, policy: { directory: '/nowhere' } }));
    const data = (JSON.parse(readFileSync(company.file, 'utf8')) as { data_dir: string }).data_dir;
    await mkdir(data, { recursive: true, mode: 0o700 });
    await writeFile(join(data, 'gateway.log'), 'what somebody else’s server said\n');
    await using client = open(company);
    const { error } = await client.request('initialize', INITIALIZE);
    expect(error?.message).toContain('did not start');
    expect(error?.message).not.toContain('/nowhere');
    expect(client.complained).toMatch(/There is no release\.yaml in \/nowhere/);
    expect(client.complained).not.toContain('somebody else');
    expect(gatewaysOf(company.file)).toEqual([]);
    await client.close();
  });

  test('with a credential that is not valid is answered so, under the id of its request', async () => {
    await using company = await companyOnDisk();
    const env = { ...stdioEnvironment(), BAILIFF_KEY: 'blf_nobody' };
    await using client = new StdioClient(stdioArguments(company), env);
    expect(reasonsOf(await client.request('initialize', INITIALIZE))).toEqual(['unauthenticated']);
    await client.close();
  });
});
