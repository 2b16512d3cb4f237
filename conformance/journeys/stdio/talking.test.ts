import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { PATIENT } from '../faults/desk.ts';
import { copyOfPolicy, GatewayProcess, KEYS, temporaryFolder } from '../faults/gateway-process.ts';
import { until } from '../faults/processes.ts';
import { readRecord } from '../faults/record.ts';
import { INITIALIZE, type Line, StdioClient } from './stdio-client.ts';

const SERVER = fileURLToPath(
  new URL(
    '../../../packages/gateway/src/enforcement/upstream/testing/talking-stdio-server.ts',
    import.meta.url,
  ),
);

/** A server over stdio that asks and announces, behind a gateway whose clients come by stdio too. */
let gateway: GatewayProcess;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  const policy = await copyOfPolicy(folder.path, {
    'identity/identity.rego': (text) => text.replace('"resources": []', '"resources": ["test://*"]'),
  });
  const server = { transport: 'stdio', command: 'node', args: [SERVER] };
  gateway = await GatewayProcess.start({
    upstream: '',
    configuration: {
      engine: PATIENT,
      policy: { directory: policy },
      servers: { desk: { ...server, process: 'conversation' } },
    },
  });
  await gateway.whenReady();
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const open = () =>
  new StdioClient(['stdio', '--server', 'desk', '--config', join(gateway.folder, 'bailiff.yaml')], {
    ...process.env,
    BAILIFF_OPA: opaExecutable(),
    BAILIFF_KEY: KEYS.clerk,
  });

const textOf = ({ result }: Line): unknown => {
  const [content] = (result?.content ?? []) as { readonly text: string }[];
  return JSON.parse(content?.text ?? 'null');
};

test('what the server asks during a call is decided, put to the client and answered to the server', async () => {
  await using client = open();
  const capabilities = { elicitation: {} };
  await client.request('initialize', { ...INITIALIZE, capabilities });
  client.notify('notifications/initialized');
  const call = client.send('tools/call', { name: 'ask', arguments: {} });
  const question = () => client.lines.find(({ method }) => method === 'elicitation/create');
  await until('it is asked', () => question() !== undefined);
  client.write(
    JSON.stringify({ jsonrpc: '2.0', id: question()?.id, result: { action: 'accept', content: {} } }),
  );
  expect(textOf(await client.answerTo(call))).toMatchObject({ result: { action: 'accept' } });
  const decided = JSON.stringify(
    [...readRecord(gateway.record).decisions.values()].map(({ input }) => input),
  );
  expect(decided).toContain('"type":"elicitation"');
  await client.close();
});

test('progress comes before the answer, and announcements whenever they do', async () => {
  await using client = open();
  await client.open();
  const call = client.send('tools/call', {
    name: 'progress',
    arguments: {},
    _meta: { progressToken: 'mine' },
  });
  await client.answerTo(call);
  const progress = client.lines.filter(({ method }) => method === 'notifications/progress');
  expect(progress.map(({ params }) => params)).toEqual([{ progressToken: 'mine', progress: 1 }]);
  expect(await client.request('resources/subscribe', { uri: 'test://one' })).toMatchObject({ result: {} });
  await client.call('touch', {});
  const heard = (wanted: string) => client.lines.some(({ method }) => method === wanted);
  await until('the resource is announced', () => heard('notifications/resources/updated'));
  await until('the list is announced', () => heard('notifications/tools/list_changed'));
  await client.close();
});

test('a client without sessions is told to ask its user, and retries with the answer', async () => {
  await using client = open();
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': INITIALIZE.clientInfo,
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  const params = { name: 'ask', arguments: { again: true }, _meta };
  const { result } = await client.request('tools/call', params);
  expect(result).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
  const inputResponses = Object.fromEntries(
    Object.keys(result?.inputRequests as object).map((key) => [key, { action: 'accept', content: {} }]),
  );
  const retried = await client.request('tools/call', {
    ...params,
    inputResponses,
    requestState: result?.requestState,
  });
  expect(textOf(retried)).toMatchObject({ result: { action: 'accept' } });
  const listen = client.send('subscriptions/listen', { _meta, notifications: { toolsListChanged: true } });
  await until('it is acknowledged', () =>
    client.lines.some(({ method }) => method === 'notifications/subscriptions/acknowledged'),
  );
  await client.request('tools/call', { name: 'touch', arguments: {}, _meta });
  await until('the change is announced', () =>
    client.lines.some(({ method }) => method === 'notifications/tools/list_changed'),
  );
  client.notify('notifications/cancelled', { requestId: listen });
  await client.close();
});
