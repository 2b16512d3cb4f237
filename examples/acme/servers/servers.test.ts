import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, test } from 'vitest';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A real client of a server that runs as the gateway runs it: a child of Node over stdio. */
async function connect(server: 'crm' | 'payments', directory = '') {
  const main = fileURLToPath(new URL(`./${server}/main.ts`, import.meta.url));
  const client = new Client({ name: 'servers-test', version: '1.0.0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', main],
    env: { ACME_DATA_DIR: directory },
    stderr: 'pipe',
  });
  let complaints = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await client.connect(transport);
  opened.push(() => client.close());
  return {
    client,
    complaints: () => complaints,
    async call(name: string, args: Record<string, unknown>) {
      const { content, structuredContent, isError } = await client.callTool({ name, arguments: args });
      const texts = (content as { type: string; text: string }[]).map(({ text }) => text);
      return { texts, content: structuredContent as Record<string, never>, isError: isError === true };
    },
  };
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'acme-'));
  opened.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('the CRM', () => {
  test('lists its tools with annotations that say what they do', async () => {
    const crm = await connect('crm');
    const { tools } = await crm.client.listTools();
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    expect(Object.keys(hints).sort()).toEqual([
      'delete_customer',
      'export',
      'list',
      'query',
      'read',
      'search',
      'send_email',
      'update_contact',
    ]);
    expect(hints.read).toMatchObject({ readOnlyHint: true });
    expect(hints.delete_customer).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    expect(hints.send_email).toMatchObject({ openWorldHint: true });
  });

  test('holds the same customers every time, and says nothing but the protocol', async () => {
    const [one, other] = [await connect('crm'), await connect('crm')];
    const read = await one.call('read', { id: 7, rows: 2 });
    expect(read.content).toEqual((await other.call('read', { id: 7, rows: 2 })).content);
    expect(read.content).toMatchObject({ customer: { id: 7 }, interactions: [{}, {}] });
    expect([one.complaints(), other.complaints()]).toEqual(['', '']);
  });

  test('exports as many rows as it is asked for, all of them when it is not told', async () => {
    const crm = await connect('crm');
    const [csv = '', count] = (await crm.call('export', { table: 'interactions', rows: 5000 })).texts;
    expect(count).toBe('5000 rows of interactions.');
    expect(csv.split('\r\n')).toHaveLength(5001);
    expect((await crm.call('export', { table: 'customers' })).texts[1]).toBe('400 rows of customers.');
  });

  test('finds customers by a part of their name, address or city', async () => {
    const crm = await connect('crm');
    const { rows } = (await crm.call('search', { text: 'PORTO', rows: 3 })).content;
    expect(rows).toMatchObject([{ city: 'Porto' }, { city: 'Porto' }, { city: 'Porto' }]);
    expect((await crm.call('search', { text: '%' })).content).toEqual({ rows: [] });
  });

  test('really runs SQL, and only on the source that was named', async () => {
    const crm = await connect('crm');
    const count = { source: 'customers', sql: 'select count(*) as n from customers' };
    expect((await crm.call('query', count)).content).toEqual({ rows: [{ n: 400 }] });
    await crm.call('query', { source: 'customers', sql: 'delete from customers where id > 100' });
    expect((await crm.call('query', count)).content).toEqual({ rows: [{ n: 100 }] });
    for (const sql of [
      'select * from staff',
      'select * from outbox',
      "attach database '/tmp/elsewhere' as elsewhere",
      'pragma database_list',
      'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n',
    ]) {
      expect(await crm.call('query', { source: 'customers', sql })).toMatchObject({ isError: true });
    }
  });

  test('changes contacts, deletes customers and writes mail for good', async () => {
    const directory = await temporaryDirectory();
    const crm = await connect('crm', directory);
    const changed = await crm.call('update_contact', { id: 7, email: 'new@mail.example' });
    expect(changed.content).toMatchObject({ customer: { id: 7, email: 'new@mail.example' } });
    expect(await crm.call('delete_customer', { id: 8 })).toMatchObject({ isError: false });
    expect(await crm.call('delete_customer', { id: 8 })).toMatchObject({ isError: true });
    const mail = { to: ['lee@acme.example'], subject: 'Case 4101', body: 'Please look.' };
    expect((await crm.call('send_email', mail)).content).toEqual({ mail: 1 });

    using database = openFile(join(directory, 'crm.sqlite'));
    expect(database.get('SELECT email FROM customers WHERE id = 7')).toEqual({ email: 'new@mail.example' });
    expect(database.get('SELECT count(*) AS n FROM interactions WHERE customer_id = 8')).toEqual({ n: 0 });
    expect(database.get('SELECT recipients FROM outbox')).toEqual({ recipients: 'lee@acme.example' });
  });

  test('gives customers and products as resources', async () => {
    const { client } = await connect('crm');
    const { contents } = await client.readResource({ uri: 'crm://customers/7' });
    expect(JSON.parse(textOf(contents[0]))).toMatchObject({ id: 7 });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['crm://products']);
    const products = await client.readResource({ uri: 'crm://products' });
    expect(JSON.parse(textOf(products.contents[0]))).toHaveLength(12);
    await expect(client.readResource({ uri: 'crm://customers/9999' })).rejects.toThrow(/no customer 9999/);
  });
});

describe('the payments desk', () => {
  test('lists its tools with annotations that say what they do', async () => {
    const { client } = await connect('payments');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['balance', 'list_payments', 'payout', 'refund']);
    expect(tools.find(({ name }) => name === 'refund')?.annotations).toMatchObject({ destructiveHint: true });
  });

  test('gives money back for good, and never more than was paid', async () => {
    const directory = await temporaryDirectory();
    const payments = await connect('payments', directory);
    const { rows } = (await payments.call('list_payments', { customer_id: 7 })).content;
    expect(rows).toMatchObject([{ id: 21 }, { id: 20 }, { id: 19 }]);
    const refund = { payment_id: 19, amount_cents: 1500, reason: 'Parcel arrived damaged' };
    expect((await payments.call('refund', refund)).content).toMatchObject({
      payment: { refunded_cents: 1500 },
    });
    const rest = await payments.call('refund', { ...refund, amount_cents: 120_000 });
    expect(rest).toMatchObject({ isError: true });
    expect((await payments.call('balance', { customer_id: 7 })).content).toMatchObject({
      balance: { payments: 3, refunded_cents: 1500 },
    });

    using database = openFile(join(directory, 'payments.sqlite'));
    expect(database.get('SELECT refunded_cents FROM payments WHERE id = 19')).toEqual({
      refunded_cents: 1500,
    });
    expect(database.get('SELECT count(*) AS n FROM refunds')).toEqual({ n: 1 });
  });

  test('pays out to an account', async () => {
    const payments = await connect('payments');
    const payout = { iban: 'DE02120300000000202051', amount_cents: 5000, reference: 'Bonus' };
    expect((await payments.call('payout', payout)).content).toEqual({ payout: 1 });
    expect(payments.complaints()).toBe('');
  });

  test('keeps its data when it starts again on the same directory', async () => {
    const directory = await temporaryDirectory();
    const first = await connect('payments', directory);
    await first.call('refund', { payment_id: 20, amount_cents: 100, reason: 'Late delivery' });
    await first.client.close();
    const second = await connect('payments', directory);
    expect((await second.call('balance', { customer_id: 7 })).content).toMatchObject({
      balance: { refunded_cents: 100 },
    });
  });
});

function openFile(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  return {
    get: (sql: string) => ({ ...database.prepare(sql).get() }),
    [Symbol.dispose]: () => database.close(),
  };
}

function textOf(content: object | undefined): string {
  if (content === undefined || !('text' in content) || typeof content.text !== 'string') {
    throw new TypeError('The resource has no text.');
  }
  return content.text;
}
