import { execFile } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPeers, withPeers } from '../../peers/install-peers.ts';
import {
  BAILIFF,
  type CompanyOnDisk,
  companyOnDisk,
  stdioArguments,
  stdioEnvironment,
} from './company-on-disk.ts';

const V2 = fileURLToPath(new URL('typescript-v2.mjs', import.meta.url));
const INSTALL_TIMEOUT_MS = 400_000;

let company: CompanyOnDisk;
beforeAll(async () => {
  company = await companyOnDisk();
});
afterAll(() => company?.[Symbol.asyncDispose]());

/** What policy was told of the transport, in every call that is recorded. */
function transports(): Set<string> {
  using database = new DatabaseSync(`${company.dataDirectory}/decisions.db`, { readOnly: true });
  const rows = database.prepare(`SELECT document FROM log WHERE kind = 'decision'`).all();
  return new Set(rows.map(({ document }) => JSON.parse(String(document)).input.session.transport));
}

function expectGoverned(seen: { tools: readonly string[]; allowed: unknown; refused: unknown }): void {
  expect(seen.tools).toContain('read');
  expect(JSON.stringify(seen.allowed)).toContain('customer_since');
  expect(JSON.stringify(seen.refused)).toContain('too_many_rows');
  expect(JSON.stringify(seen.refused)).toContain('ask_for_fewer_rows');
}

test('the TypeScript SDK v1 starts it as its server, is allowed a call and refused one with a reason', {
  timeout: INSTALL_TIMEOUT_MS,
}, async () => {
  const transport = new StdioClientTransport({
    command: BAILIFF,
    args: stdioArguments(company),
    env: stdioEnvironment(),
    stderr: 'ignore',
  });
  const broken: unknown[] = [];
  const client = new Client({ name: 'journey', version: '1.0.0' });
  client.onerror = (error) => broken.push(error);
  await client.connect(transport);
  const { tools } = await client.listTools();
  expectGoverned({
    tools: tools.map(({ name }) => name),
    allowed: await client.callTool({ name: 'read', arguments: { id: 10, rows: 20 } }),
    refused: await client.callTool({ name: 'export', arguments: { table: 'interactions', rows: 5_010 } }),
  });
  await client.close();
  expect(broken, 'nothing but messages came').toEqual([]);
  expect(transports()).toEqual(new Set(['stdio']));
});

test.for([
  ['finds out what is spoken', 'auto', '2026-07-28'],
  ['keeps no session', '2026-07-28', '2026-07-28'],
  ['keeps a session', 'legacy', '2025-11-25'],
] as const)(
  'the TypeScript SDK v2, which %s, starts it as its server, is allowed a call and refused one with a reason',
  { timeout: INSTALL_TIMEOUT_MS },
  async ([_what, mode, protocol], context) => {
    const peers = await installPeers();
    if (peers.kind === 'unavailable')
      return context.skip(`The SDK v2 cannot be installed here: ${peers.why}`);
    const { options, env } = withPeers(peers.path);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...options, V2, mode, BAILIFF, ...stdioArguments(company)],
      { env: { ...env, ...stdioEnvironment() }, timeout: 120_000 },
    );
    const seen = JSON.parse(stdout);
    expectGoverned(seen);
    expect(seen.protocol).toBe(protocol);
    expect(transports()).toEqual(new Set(['stdio']));
  },
);
