import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import { openCompany, type RunningCompany } from '../journeys/gateway.ts';
import { installPeers, withPeers } from '../peers/install-peers.ts';

const CLIENT = fileURLToPath(new URL('../peers/clients/all-servers.mjs', import.meta.url));
const CLIENT_TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 400_000;

let company: RunningCompany;
beforeAll(async () => {
  company = await openCompany((same) => ({
    ...same,
    engine: { ...same.engine, cadence_seconds: 1 },
    servers: {
      ...same.servers,
      broken: {
        ...same.servers.crm,
        transport: 'stdio',
        command: 'false',
        args: [],
      } as (typeof same.servers)[string],
    },
  }));
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

test.for([
  ['the TypeScript SDK v1', 'v1', undefined],
  ['the TypeScript SDK v2', 'v2', undefined],
  ['the TypeScript SDK v2 without sessions', 'v2', '2026-07-28'],
])(
  '%s finds the tools of all servers at one address, calls them and is refused with a reason, while another is down',
  { timeout: INSTALL_TIMEOUT_MS },
  async ([, sdk = '', mode], context) => {
    const peers = await installPeers();
    if (peers.kind !== 'installed') return context.skip(peers.why);
    const { options, env } = withPeers(peers.path);
    const own = [`${company.gateway.url}/mcp`, DEMO_KEYS['support-bot for mara'], sdk];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...options, CLIENT, ...own, ...(mode === undefined ? [] : [mode])],
      { timeout: CLIENT_TIMEOUT_MS, env },
    );
    const seen = JSON.parse(stdout);
    const servers = new Set(seen.tools.map((name: string) => name.split('__')[0]));
    expect([...servers]).toEqual(['crm', 'payments', 'filesystem', 'agents', 'everything']);
    expect(new Set(seen.tools).size).toBe(seen.tools.length);
    expect(seen.tools).not.toContain('crm__delete_customer');
    expect(seen.prompts.join()).toContain('everything__');
    expect(seen.read[1]).toBe(seen.read[0]);
    expect(seen.crm).toContain('customer_since');
    expect(seen.payments).toContain('refund');
    expect(seen.filesystem).toContain('efund');
    expect(seen.everything).toContain('Echo: hello');
    expect(seen.refused).toContain('too_many_rows');
    expect(seen.hidden).toContain('Unknown tool');
    expect(seen.absent).toBe(seen.hidden);
  },
);
