import { FAILURES, Failure, type Json, META_KEYS } from '@bailiff/contract';
import { classifyInboundRequest } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMessage } from '../message.ts';
import { eraOf } from './classify.ts';

interface Posted {
  readonly body: { readonly [member: string]: Json };
  readonly version: string | undefined;
  readonly method: string | undefined;
}

const VERSION = '2026-07-28';
const WHOLE = {
  [META_KEYS.protocolVersion]: VERSION,
  [META_KEYS.clientCapabilities]: {},
  [META_KEYS.clientInfo]: { name: 'client', version: '1' },
};

const request = (method: string, meta?: Json) => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: meta === undefined ? {} : { _meta: meta },
});
const notification = (method: string, meta?: Json) => ({
  jsonrpc: '2.0',
  method,
  params: meta === undefined ? {} : { _meta: meta },
});

/** What becomes of a message here: the era, or the code with which it is refused. */
function ours({ body, version, method }: Posted): string | number {
  try {
    return eraOf(readMessage(body), {
      ...(version === undefined ? {} : { 'mcp-protocol-version': version }),
      ...(method === undefined ? {} : { 'mcp-method': method }),
    });
  } catch (thrown) {
    return thrown instanceof Failure ? FAILURES[thrown.code].rpc : 'broken';
  }
}

/** The same by the official SDK. A claim of a revision with sessions is none of its sessions’ messages. */
function theirs({ body, version, method }: Posted): string | number {
  const outcome = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
  });
  if (outcome.kind === 'reject') return outcome.code;
  return outcome.kind === 'legacy' ? 'session' : 'stateless';
}

describe('which way of MCP a message speaks', () => {
  test.each<[string, Posted, string | number]>([
    [
      'a whole envelope',
      { body: request('tools/list', WHOLE), version: VERSION, method: 'tools/list' },
      'stateless',
    ],
    [
      'a whole envelope without headers',
      { body: request('tools/list', WHOLE), version: undefined, method: undefined },
      'stateless',
    ],
    ['no envelope', { body: request('tools/list'), version: '2025-11-25', method: undefined }, 'session'],
    ['initialize', { body: request('initialize'), version: undefined, method: undefined }, 'session'],
    [
      'initialize under a newer header',
      { body: request('initialize'), version: VERSION, method: undefined },
      -32020,
    ],
    [
      'initialize with a whole envelope',
      { body: request('initialize', WHOLE), version: VERSION, method: undefined },
      'stateless',
    ],
    [
      'a newer header without an envelope',
      { body: request('tools/list'), version: VERSION, method: undefined },
      -32602,
    ],
    [
      'another version in the header',
      { body: request('tools/list', WHOLE), version: '2025-11-25', method: undefined },
      -32020,
    ],
    [
      'another method in the header',
      { body: request('tools/list', WHOLE), version: VERSION, method: 'tools/call' },
      -32020,
    ],
    [
      'no capabilities',
      {
        body: request('tools/list', { [META_KEYS.protocolVersion]: VERSION }),
        version: VERSION,
        method: undefined,
      },
      -32602,
    ],
    [
      'a notification under a newer header',
      { body: notification('notifications/x'), version: VERSION, method: undefined },
      'stateless',
    ],
    [
      'a notification of an older client',
      { body: notification('notifications/initialized'), version: '2025-11-25', method: undefined },
      'session',
    ],
  ])('%s', (_what, posted, expected) => {
    expect(ours(posted)).toBe(expected);
    expect(theirs(posted)).toBe(expected);
  });

  test('is what the official SDK says it is, whatever claims and headers are combined', () => {
    const versions = fc.constantFrom(
      undefined,
      VERSION,
      '2025-11-25',
      '2025-06-18',
      '2099-01-01',
      '1900-01-01',
      '',
      'x',
    );
    const methods = fc.constantFrom(
      'initialize',
      'tools/call',
      'tools/list',
      'server/discover',
      'notifications/x',
    );
    const value = <T extends Json>(...fit: T[]) => fc.constantFrom<Json>(...fit, null, 7, 'x', {}, []);
    const meta = fc.option(
      fc.record(
        {
          [META_KEYS.protocolVersion]: value(VERSION, '2025-11-25', '2099-01-01'),
          [META_KEYS.clientCapabilities]: value(
            {},
            { sampling: {} },
            { elicitation: { form: {} } },
            { sampling: 1 },
          ),
          [META_KEYS.clientInfo]: value({ name: 'a', version: '1' }, { name: 'a' }),
          [META_KEYS.logLevel]: value('info', 'loud'),
          // An unfit one is no JSON-RPC message at all for the SDK; here it is a parameter like the others.
          progressToken: fc.constantFrom<Json>('t', 3),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    );
    const posted = fc
      .record({
        method: methods,
        named: fc.option(methods, { nil: undefined }),
        meta,
        version: versions,
        isRequest: fc.boolean(),
      })
      .map(({ method, named, meta: own, version, isRequest }) => ({
        body: (isRequest ? request : notification)(method, own as Json | undefined),
        version,
        method: named,
      }));
    fc.assert(
      fc.property(posted, (one) => {
        expect(ours(one)).toBe(theirs(one));
      }),
      { numRuns: 3_000 },
    );
  });
});
