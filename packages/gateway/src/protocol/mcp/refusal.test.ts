import { type Call, type Denial, Failure } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnforce } from '../../enforcement/enforce.ts';
import { openUpstreams, type Upstreams } from '../../enforcement/upstream/open-upstreams.ts';
import {
  type SdkHttpServer,
  startSdkHttpServer,
} from '../../enforcement/upstream/testing/sdk-http-server.ts';
import { agentView } from '../agent-view.ts';
import { ANSWER_META_KEY, toolRefusal } from './refusal.ts';
import { allow, approvalRequired, deny } from './testing/answers.ts';
import { startScriptedCrm } from './testing/scripted-crm.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './testing/test-gateway.ts';

let upstream: SdkHttpServer;
let upstreams: Upstreams;
beforeAll(async () => {
  upstream = await startSdkHttpServer({ json: true });
  upstreams = openUpstreams(
    {
      crm: {
        transport: 'http',
        url: upstream.url,
        headers: {},
        protocol: 'auto',
        provider: 'x',
        region: 'x',
      },
    },
    { environment: {}, directory: '.', log: () => undefined },
  );
});
afterAll(async () => {
  await upstreams[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function start(options: Partial<TestGatewayOptions> = {}) {
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: 10_000,
    regionOf: () => 'x',
    notify: async () => undefined,
  });
  return startTestGateway({ servers: upstreams.byName, enforce, ...options });
}

const denied = ({ decisionId }: Call) => deny(decisionId);

/** An answer’s text with every decision id made the same. */
const withoutId = (text: string) => text.replaceAll(/decision-\d{8}/g, 'decision-n');

describe('a refused tool call', () => {
  test('is a result that a client shows: one block for the model, one for the user, and the answer itself', async () => {
    await using gateway = await start({ decide: denied });
    const client = await gateway.client('crm');
    const result = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    const id = gateway.calls[0]?.decisionId ?? '';
    expect(result).toStrictEqual({
      content: [
        {
          type: 'text',
          text: [
            'The call was refused by policy. Nothing was executed.',
            'Why: Denied: the user is not cleared for this.',
            'Reason codes: not_cleared.',
            'Checked and allowed instead, with nothing else changed:',
            '- rows: 50',
            'Remediation: request_access.',
            'Do not call this tool again with other arguments: that will be refused too.',
            `Decision id: ${id}`,
          ].join('\n'),
          annotations: { audience: ['assistant'] },
        },
        {
          type: 'text',
          text: [
            'Your agent’s request was refused. Denied: the user is not cleared for this.',
            'Who can help: privacy.',
            'To ask for a change: https://tickets.example/privacy',
            `Decision id: ${id}`,
          ].join('\n'),
          annotations: { audience: ['user'] },
        },
      ],
      structuredContent: JSON.parse(JSON.stringify(agentView(deny(id)))),
      isError: true,
    });
    expect(gateway.refusals, 'a decision is recorded by what made it').toHaveLength(0);
  });

  test('that nothing could be decided about does not say that policy refused it', async () => {
    const decide = (call: Call): Denial => {
      const answer = denied(call);
      return { ...answer, metadata: { ...answer.metadata, resolution: 1 } };
    };
    await using gateway = await start({ decide });
    const client = await gateway.client('crm');
    const result = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    expect(JSON.stringify(result.content)).toContain(
      'The call could not be decided, so it was refused. Nothing was executed.',
    );
    expect(JSON.stringify(result.content)).not.toContain('refused by policy');
  });

  test('of a tool with a schema of its own reaches the model too, though clients check structured results', async () => {
    await using gateway = await start({ decide: denied });
    const client = await gateway.client('crm');
    await client.listTools(); // From here on the client holds structured results against the tool’s schema.
    const result = await client.callTool({ name: 'weather', arguments: { city: 'Bonn' } });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(result._meta?.[ANSWER_META_KEY]).toMatchObject({ outcome: 'deny', reasons: ['not_cleared'] });
  });

  test('that needs approval says so and that it is refused until then', async () => {
    await using gateway = await start({ decide: ({ decisionId }) => approvalRequired(decisionId) });
    const client = await gateway.client('crm');
    const result = await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({
      allow: false,
      outcome: 'approval_required',
      approval: null,
    });
    const [forModel, forUser] = result.content as { text: string }[];
    expect(forModel?.text).toContain('needs a person’s approval and is refused until then');
    expect(forModel?.text).toContain('Do not retry this call or variants of it before approval.');
    expect(forUser?.text).toContain('Your agent’s request needs approval');
    expect(forUser?.text).toContain('Who can help: privacy.');
    expect(gateway.results).toStrictEqual([{ kind: 'held' }]);
  });

  test('names approvers and how to wait once there is an approval to wait for', () => {
    const answer = approvalRequired('d');
    const approval = {
      id: 'a1',
      approvers: ['managers'],
      expires_at: '2026-11-22T13:45:00Z',
      how_to_wait: 'Ask again in a minute.',
    };
    const { json } = toolRefusal({ ...answer, approval }, { hasOutputSchema: false });
    const { content } = JSON.parse(json);
    expect(content[0].text).toContain('Approval a1: Ask again in a minute.');
    expect(content[1].text).toContain('It can be approved by: managers.');
  });

  test('says less than a reviewer sees', () => {
    const text = JSON.stringify(agentView(deny('d')));
    for (const word of [
      'compliance.clearance',
      'matched_rules',
      'bundles',
      'policy_version',
      'obligations',
    ]) {
      expect(text).not.toContain(word);
    }
  });
});

describe('a tool that the caller cannot see', () => {
  const sees = (id: string) => id !== 'crm.secret';
  const decide = (call: Call) =>
    call.toolName === 'secret' ? deny(call.decisionId) : allow(call.decisionId);

  test('is not in its list, and a call of it is answered byte for byte like one that does not exist', async () => {
    await using gateway = await start({ sees, decide });
    const client = await gateway.client('crm');
    expect((await client.listTools()).tools.map(({ name }) => name)).toStrictEqual([
      'echo',
      'weather',
      'slow',
    ]);
    const session = await gateway.open('crm');
    const answers: string[] = [];
    for (const name of ['secret', 'no-such-tool', 'Secret', 'constructor']) {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } };
      const sent = await gateway.send('crm', { session, body });
      const headers = [...sent.headers].filter(([name]) => name !== 'date');
      answers.push(withoutId(JSON.stringify([sent.status, headers, sent.text])));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('-32602');
    await expect(client.callTool({ name: 'secret' })).rejects.toThrow('Unknown tool');
    expect(gateway.refusals, 'the record has the decisions themselves').toHaveLength(0);
    expect(gateway.calls.map(({ toolName }) => toolName)).toContain('secret');
  });

  test('stays absent when it does not exist, whatever is decided about it', async () => {
    for (const outcome of [allow, deny, approvalRequired]) {
      await using gateway = await start({ decide: ({ decisionId }) => outcome(decisionId) });
      const client = await gateway.client('crm');
      await expect(client.callTool({ name: 'no-such-tool' })).rejects.toThrow('Unknown tool');
    }
  });

  test('is told apart by nothing where the caller is refused as such: every name has the same refusal', async () => {
    await using gateway = await start({
      sees: () => false,
      decide: denied,
      disclose: ({ decisionId }) => ({ kind: 'principal', answer: deny(decisionId) }),
    });
    const session = await gateway.open('crm');
    const answers: string[] = [];
    for (const name of ['secret', 'weather', 'no-such-tool']) {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } };
      answers.push(withoutId((await gateway.send('crm', { session, body })).text));
    }
    expect(new Set(answers).size).toBe(1);
    expect(JSON.parse(answers[0] ?? '').result).toMatchObject({
      isError: true,
      structuredContent: { allow: false },
    });
  });
});

describe('lists', () => {
  test('are decided once for all entries, which reach the client as the server wrote them', async () => {
    await using gateway = await start({ sees: (id) => id !== 'crm.secret' });
    const session = await gateway.open('crm');
    const { text } = await gateway.send('crm', {
      session,
      body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    });
    const entries = await upstreams.byName.get('crm')?.list('tools', new AbortController().signal);
    const shown = entries?.filter(({ id }) => id !== 'secret').map(({ json }) => json);
    expect(text).toBe(`{"jsonrpc":"2.0","id":1,"result":{"tools":[${shown?.join(',')}]}}`);
    expect(gateway.lists).toHaveLength(1);
    expect(gateway.lists[0]).toMatchObject({
      type: 'tool_call',
      target: { kind: 'tool', id: 'crm.*' },
      candidates: expect.arrayContaining([
        { target: { kind: 'tool', id: 'crm.secret' }, tool_name: 'secret' },
      ]),
    });
  });

  test('of resources and templates are filtered too', async () => {
    await using gateway = await start({ sees: (id) => id === 'note://one' });
    const client = await gateway.client('crm');
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toStrictEqual(['note://one']);
    expect((await client.listResourceTemplates()).resourceTemplates).toStrictEqual([]);
  });
});

describe('a resource', () => {
  test('is read when that is allowed', async () => {
    await using gateway = await start();
    const client = await gateway.client('crm');
    const { contents } = await client.readResource({ uri: 'note://one' });
    expect(contents).toStrictEqual([{ uri: 'note://one', text: 'a note' }]);
    expect(gateway.calls[0]).toMatchObject({
      type: 'resource_read',
      target: { kind: 'resource', id: 'note://one' },
      toolName: '',
      args: {},
    });
  });

  test('is refused with an error that holds the answer', async () => {
    await using gateway = await start({ decide: denied });
    const client = await gateway.client('crm');
    await expect(client.readResource({ uri: 'note://one' })).rejects.toMatchObject({
      code: -32003,
      message: expect.stringContaining('Denied: the user is not cleared for this.'),
      data: { allow: false, reasons: ['not_cleared'], decision_id: 'decision-00000004' },
    });
  });
});

describe('a resource that the caller cannot see', () => {
  const read = (uri: string) => ({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } });
  const sees = (id: string) => id !== 'note://one';
  const decide = (call: Call) => (sees(call.target.id) ? allow(call.decisionId) : deny(call.decisionId));

  async function answersTo(gateway: TestGateway, uris: readonly string[]): Promise<string[]> {
    const session = await gateway.open('crm');
    const answers: string[] = [];
    for (const uri of uris) {
      const sent = await gateway.send('crm', { session, body: read(uri) });
      const headers = [...sent.headers].filter(([name]) => name !== 'date');
      answers.push(withoutId(JSON.stringify([sent.status, headers, sent.text])));
    }
    return answers;
  }

  test('is answered byte for byte like one that does not exist', async () => {
    await using gateway = await start({ sees, decide });
    const answers = await answersTo(gateway, ['note://one', 'note://absent', 'other://absent']);
    expect(new Set(answers).size).toBe(1);
    const client = await gateway.client('crm');
    await expect(client.readResource({ uri: 'note://one' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Unknown resource'),
      data: { failure: 'unknown_resource' },
    });
    expect(gateway.refusals, 'the record has the decisions themselves').toHaveLength(0);
  });

  test.each([
    [-32002, 'unknown_resource'],
    [-32602, 'unknown_resource'],
    [-32603, undefined],
  ])('is like one of which a server says %i, as far as that means absence', async (code, failure) => {
    await using scripted = await startScriptedCrm(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"jsonrpc":"2.0","id":"${id}","error":{"code":${code},"message":"gone","data":{}}}`);
    });
    await using gateway = await scripted.start();
    const session = await gateway.open('crm');
    const { status, json } = await gateway.send('crm', { session, body: read('note://one') });
    expect([status, json.error.data.failure]).toStrictEqual([200, failure]);
    if (failure !== undefined) expect(json.error.message).toBe('Unknown resource');
  });

  test('is told apart by nothing where the caller is refused as such', async () => {
    await using gateway = await start({
      sees: () => false,
      decide: denied,
      disclose: ({ decisionId }) => ({ kind: 'principal', answer: deny(decisionId) }),
    });
    const answers = await answersTo(gateway, ['note://one', 'note://absent']);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('not_cleared');
  });

  test('is not told of when it cannot be told what may be said', async () => {
    await using gateway = await start({
      decide: denied,
      disclose: () => {
        throw new Failure('policy_unavailable');
      },
    });
    const answers = await answersTo(gateway, ['note://one', 'note://absent']);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('policy_unavailable');
    expect(answers[0]).not.toContain('not_cleared');
  });
});

test('a denial of which it cannot be told what may be said is a failure for every name, recorded once', async () => {
  await using gateway = await start({
    decide: denied,
    disclose: () => {
      throw new Failure('policy_unavailable');
    },
  });
  const session = await gateway.open('crm');
  for (const name of ['secret', 'no-such-tool']) {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } };
    const { status, json } = await gateway.send('crm', { session, body });
    expect([status, json.error.data.failure]).toStrictEqual([503, 'policy_unavailable']);
  }
  expect(gateway.results).toStrictEqual([{ kind: 'refused' }, { kind: 'refused' }]);
  expect(gateway.refusals).toHaveLength(0);
});

test('a decision that could not be recorded is a failure under HTTP 503, and nothing reaches the server', async () => {
  await using gateway = await start({
    decide: () => {
      throw new Failure('record_unavailable');
    },
  });
  const session = await gateway.open('crm');
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };
  const { status, json } = await gateway.send('crm', { session, body });
  expect(status).toBe(503);
  expect(json).toMatchObject({ id: 1, error: { code: -32009, data: { failure: 'record_unavailable' } } });
  expect(gateway.results).toHaveLength(0);
  expect(gateway.refusals).toMatchObject([{ failure: { code: 'record_unavailable' } }]);
});
