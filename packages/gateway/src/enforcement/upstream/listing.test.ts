import { Failure } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { toolCall } from '../testing/calls.ts';
import { answer, type RawHttpOptions } from './testing/raw-http-server.ts';
import { event, NEVER, scripted, text } from './testing/scripted-http.ts';

describe('lists of a server', () => {
  const onCall: RawHttpOptions['onCall'] = ({ id }, response) => answer(response, id, text('ok'));

  test('are the pages of it together, each entry to the byte', async () => {
    const override: RawHttpOptions['override'] = ({ id, method, ...rest }, response) => {
      if (method !== 'tools/list') return false;
      const { params = {} } = rest as { params?: { cursor?: string } };
      const page = Number(params.cursor ?? '0');
      response.writeHead(200, { 'content-type': 'application/json' });
      const next = page < 2 ? `,"nextCursor":"${page + 1}"` : '';
      response.end(
        `{"jsonrpc":"2.0","id":"${id}","result":{"tools":[ {"name" : "tool-${page}", "n": 1.0} ]${next}}}`,
      );
      return true;
    };
    await using at = await scripted(onCall, { override });
    expect((await at.raw.list('tools', NEVER)).map(({ json }) => json)).toStrictEqual(
      [0, 1, 2].map((page) => `{"name" : "tool-${page}", "n": 1.0}`),
    );
    expect(at.server.of('tools/list')).toHaveLength(3);
    await at.raw.list('tools', NEVER);
    expect(at.server.of('tools/list'), 'the list is kept').toHaveLength(3);
  });

  test('leave out entries that could be taken for others', async () => {
    const tools = ['good', 'twice', 'twice', 'in\u200bvisible', 'trailing ', '', 'e\u0000'].map((name) => ({
      name,
    }));
    await using at = await scripted(onCall, { tools });
    expect((await at.raw.list('tools', NEVER)).map(({ id }) => id)).toStrictEqual(['good']);
    expect(at.logged).toContain('Left out 6 entries of tools with unfit or repeated ids.');
  });

  test('that never end are refused', async () => {
    const override: RawHttpOptions['override'] = ({ id, method }, response) => {
      if (method !== 'tools/list') return false;
      answer(response, id, { tools: [], nextCursor: 'more' });
      return true;
    };
    await using at = await scripted(onCall, { override });
    await expect(at.raw.list('tools', NEVER)).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(at.server.of('tools/list').length).toBeLessThan(300);
  });

  test('that the server does not have are empty', async () => {
    const override: RawHttpOptions['override'] = ({ id, method }, response) => {
      if (method !== 'resources/templates/list') return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } }),
      );
      return true;
    };
    await using at = await scripted(onCall, { override, capabilities: { resources: {} } });
    expect(await at.raw.list('resource_templates', NEVER)).toStrictEqual([]);
    expect(await at.raw.list('tools', NEVER)).toStrictEqual([]);
  });

  test('are asked for at most once a second, however many changes are announced', async () => {
    await using at = await scripted(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const storm = event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }).repeat(100);
      response.end(`${storm}${event({ jsonrpc: '2.0', id, result: text('ok') })}`);
    });
    const startedMs = performance.now();
    for (let round = 0; round < 20; round += 1) {
      await at.forward('call');
      await at.raw.list('tools', NEVER);
      await at.raw.findTool('absent', NEVER);
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    expect(at.server.of('tools/list').length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  });

  test('are asked for again before a call is made by them, once a change was announced, and no more than once a second', async () => {
    let description = 'one';
    const announced = event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    const override: RawHttpOptions['override'] = ({ id, method }, response) => {
      if (method !== 'tools/list') return false;
      answer(response, id, { tools: [{ name: 'call', description, inputSchema: {} }] });
      return true;
    };
    const storm: RawHttpOptions['onCall'] = ({ id }, response) => {
      description = `${description}+`; // another definition with each call
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${announced.repeat(100)}${event({ jsonrpc: '2.0', id, result: text('ok') })}`);
    };
    await using at = await scripted(storm, { override });
    const { principal } = toolCall('call');
    const conversation = { key: 'one', capabilities: {}, principal };
    const startedMs = performance.now();
    for (let round = 0; round < 4; round += 1) {
      await at.forward('call');
      const found = await Promise.all(
        Array.from({ length: 50 }, () => at.raw.findToolNow('call', conversation, NEVER)),
      );
      expect(new Set(found.map((tool) => JSON.parse(tool?.json ?? '{}').description))).toStrictEqual(
        new Set([description]),
      );
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    expect(at.server.of('tools/list').length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  });

  test('that must be asked for again keep nobody waiting who has left', async () => {
    const { principal } = toolCall('call');
    const conversation = { key: 'one', capabilities: {}, principal };
    const hang: RawHttpOptions['override'] = ({ method }) => method === 'tools/list';
    await using silent = await scripted(onCall, { override: hang });
    const leaving = new AbortController();
    const found = silent.raw.findToolNow('call', conversation, leaving.signal);
    leaving.abort(new Failure('client_gone'));
    await expect(found).rejects.toMatchObject({ code: 'client_gone' });
  });
});
