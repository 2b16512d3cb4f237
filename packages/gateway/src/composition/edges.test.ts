import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure, type FailureCode } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { PRINCIPALS } from '../control/testing/control-server.ts';
import type { McpEndpoint } from '../protocol/mcp/ports.ts';
import { routesOf } from './edges.ts';
import type { Parts } from './parts.ts';
import type { CallStages } from './stages.ts';

test('a decision of the API that cannot be recorded is counted once as a failure', async () => {
  const counted: FailureCode[] = [];
  const hosts: string[] = [];
  const parts = {
    configuration: { listen: { allowed_origins: [] }, limits: { body_bytes: 9_999, depth: 9, in_flight: 9 } },
    metrics: { observeRefusal: (code: FailureCode) => counted.push(code) },
    releases: { current: () => undefined },
    authenticate: async () => PRINCIPALS.agent,
    bundleToken: 'token',
    hosts,
  } as unknown as Parts; // as much as this way through the gateway needs
  const stages = {
    stages: {
      contextOf: async () => {
        throw new Failure('record_unavailable');
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
  expect(response.status).toBe(503);
  expect(counted).toEqual(['record_unavailable']);
  server.close();
});
