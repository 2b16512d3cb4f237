import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearer, openCompany, type RunningCompany } from './gateway.ts';

let company: RunningCompany;
beforeAll(async () => {
  company = await openCompany();
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

test('what a change of contact details shows of a customer may not be mailed out afterwards', async () => {
  const client = new Client({ name: 'flow-test', version: '1.0.0' });
  const requestInit = { headers: bearer('support-bot for mara') };
  const transport = new StreamableHTTPClientTransport(new URL('/mcp/crm', company.gateway.url), {
    requestInit,
  });
  await client.connect(transport as Parameters<Client['connect']>[0]); // its own types disagree on optional fields
  const mail = { to: ['lee@acme.example'], subject: 'Case 4101', body: 'Please look.' };
  const send = () => client.callTool({ name: 'send_email', arguments: mail });
  expect((await send()).isError).not.toBe(true);
  const change = { id: 7, phone: '+49 30 555 1234' };
  const changed = await client.callTool({ name: 'update_contact', arguments: change });
  expect(JSON.stringify(changed.content)).toContain('Maja Novak');
  expect(JSON.stringify(await send())).toContain('seen_data_may_not_leave');
  await client.close();
});
