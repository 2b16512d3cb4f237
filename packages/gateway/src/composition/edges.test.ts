import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Failure, type FailureCode, type Refusal } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { PRINCIPALS } from '../control/testing/control-server.ts';
import type { McpEndpoint } from '../protocol/mcp/ports.ts';
import { hostsOf, readinessOf, routesOf } from './edges.ts';
import type { Parts } from './parts.ts';
import type { CallStages } from './stages.ts';

test('a call of the API that cannot be decided is counted and recorded once as refused', async () => {
  const counted: FailureCode[] = [];
  const recorded: string[] = [];
  const hosts: string[] = [];
  const parts = {
    configuration: {
      listen: { allowed_origins: [] },
      limits: { body_bytes: 9_999, depth: 9, in_flight: 9 },
      identity: { issuers: [], required_scopes: [] },
    },
    metrics: { observeRefusal: (code: FailureCode) => counted.push(code) },
    recorder: {
      recordRefusal: async ({ decisionId }: Refusal) => {
        recorded.push(decisionId);
        return true;
      },
    },
    clock: () => Date.UTC(2026, 4, 1),
    releases: { current: () => undefined },
    authenticate: async () => PRINCIPALS.agent,
    bundleToken: 'token',
    hosts,
  } as unknown as Parts; // as much as this way through the gateway needs
  const stages = {
    stages: {
      contextOf: async () => {
        throw new Failure('input_invalid');
      },
    },
  } as unknown as CallStages;
  const server = createServer(routesOf(parts, undefined as unknown as McpEndpoint, stages));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  hosts.push(`127.0.0.1:${port}`);
  const response = await fetch(`http://127.0.0.1:${port}/v1/decisions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: { type: 'tool_call', tool: 'crm.read' } }),
  });
  expect(response.status).toBe(422);
  expect(counted).toEqual(['input_invalid']);
  expect(await response.json()).toMatchObject({ decision_id: recorded[0] });
  expect(recorded).toHaveLength(1);
  server.close();
});

test('a gateway on port 80 is served under its names without a port, as clients write them', () => {
  const configuration = (host: string, allowed_hosts: string[] = []) =>
    ({ listen: { host, allowed_hosts } }) as unknown as Configuration;
  expect(hostsOf(configuration('gateway.example'), 80)).toEqual(
    expect.arrayContaining(['gateway.example', 'gateway.example:80', 'localhost']),
  );
  expect(hostsOf(configuration('gateway.example'), 7070)).not.toContain('gateway.example');
  expect(hostsOf(configuration('0.0.0.0', ['Box.example:80']), 80)).toContain('box.example:80');
  expect(hostsOf(configuration('0.0.0.0'), 80).join()).not.toContain('0.0.0.0');
});

test('operators who ask for health are told what is wrong with what is held back, and how much more there is', () => {
  const findings = Array.from({ length: 25 }, (_, index) => ({
    ...{ file: 'compliance/a.rego', row: index + 1, code: 'c', detail: 'd', mend: 'm' },
  }));
  const held = { compliance: { check: 'compose', since: '', detail: 'the first', findings } };
  const parts = {
    releases: { current: () => undefined, withheld: () => new Set() },
    engine: { status: () => ({ ready: true, detail: '', revision: '' }) },
    log: { status: () => ({ writable: true, detail: '' }) },
    delivery: { status: () => ({ held }) },
  } as unknown as Parts; // as much as this needs
  const bundles = readinessOf(parts).find(({ name }) => name === 'bundles');
  expect(bundles).toMatchObject({ ready: false, spare: true });
  for (const { row } of findings.slice(0, 20))
    expect(bundles?.detail).toContain(`compliance/a.rego:${row}: c: d — m`);
  expect(bundles?.detail).toContain('and 5 more: `./bailiff release status --json`');
  expect(bundles?.detail).not.toContain('a.rego:21:');
});
