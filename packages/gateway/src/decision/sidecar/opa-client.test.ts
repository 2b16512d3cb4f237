import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { Failure } from '@bailiff/contract';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BrokenOpa, httpAnswer, type Misbehaviour } from '../testing/broken-opa.ts';
import { EVALUATIONS_PER_PROCESSOR, openSidecar, type Sidecar, WAITING_MAX } from './sidecar.ts';

const PATIENCE_MS = 20_000;
const DEADLINE_MS = 60;

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const envelope = (result: string) =>
  `{"provenance":{"bundles":{"release":{"revision":"r"}}},"result":${result}}`;

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function open(misbehaviour: Misbehaviour, token?: string): Promise<[BrokenOpa, Sidecar]> {
  const opa = await BrokenOpa.open(misbehaviour);
  const sidecar = await openSidecar({ opa: { kind: 'external', url: opa.url, token }, onLog: () => {} });
  opened.push(opa, sidecar);
  return [opa, sidecar];
}

const ask = (sidecar: Sidecar, deadlineMs = PATIENCE_MS, input = '{}') =>
  sidecar.evaluate('bailiff/decision', input, AbortSignal.timeout(deadlineMs));

const answering =
  (text: string): Misbehaviour =>
  (socket) =>
    socket.write(text);

describe('an OPA that is not well', () => {
  test.each<[string, string, Misbehaviour]>([
    [
      '500 without its error document',
      'policy_unavailable',
      answering(httpAnswer(500, 'oh no', 'text/plain')),
    ],
    ['500 with an empty object', 'policy_unavailable', answering(httpAnswer(500, '{}'))],
    [
      'a compile error',
      'policy_unavailable',
      answering(httpAnswer(500, '{"code":"internal_error","message":"compiler has errors"}')),
    ],
    [
      'a cancelled evaluation',
      'policy_unavailable',
      answering(httpAnswer(500, '{"code":"internal_error","errors":[{"code":"eval_cancel_error"}]}')),
    ],
    ['401', 'policy_unavailable', answering(httpAnswer(401, '{"code":"unauthorized"}'))],
    ['a redirect', 'policy_unavailable', answering(httpAnswer(302, ''))],
    [
      '200 with HTML',
      'evaluation_malformed',
      answering(httpAnswer(200, '<html>Welcome</html>', 'text/html')),
    ],
    ['200 with nothing', 'evaluation_malformed', answering(httpAnswer(200, ''))],
    [
      'truncated JSON',
      'evaluation_malformed',
      answering(httpAnswer(200, envelope('{"allow":tru').slice(0, -1))),
    ],
    ['two documents', 'evaluation_malformed', answering(httpAnswer(200, envelope('{}') + envelope('{}')))],
    ['a list', 'evaluation_malformed', answering(httpAnswer(200, '[]'))],
    ['no provenance', 'evaluation_malformed', answering(httpAnswer(200, '{"result":{"allow":true}}'))],
    [
      'a revision that is no text',
      'evaluation_malformed',
      answering(httpAnswer(200, '{"provenance":{"bundles":{"release":{"revision":7}}},"result":{}}')),
    ],
    [
      'bytes that are not UTF-8',
      'evaluation_malformed',
      (socket) => {
        socket.write(`${HEAD}Content-Length: 4\r\n\r\n"`);
        socket.write(Buffer.from([0xc3, 0x28, 0x22]));
      },
    ],
    ['no HTTP at all', 'evaluation_malformed', answering('SSH-2.0-OpenSSH_9.9\r\n')],
    [
      'headers without end',
      'evaluation_malformed',
      answering(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`),
    ],
    ['a connection closed at once', 'policy_unavailable', (socket) => socket.end()],
    ['a connection reset at once', 'policy_unavailable', (socket) => socket.resetAndDestroy()],
    [
      'a connection closed amid the answer',
      'policy_unavailable',
      (socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n{"pro`),
    ],
  ])('%s: %s', async (_what, code, misbehaviour) => {
    const [, sidecar] = await open(misbehaviour);
    expect(await ask(sidecar)).toMatchObject({ kind: 'failed', code, locations: [] });
    expect(sidecar.status()).toMatchObject({ ready: false });
  });

  test('100 MB of JSON are refused long before their end, and the connection with them', async () => {
    let sent = 0;
    const flood = (socket: Socket) => {
      socket.write(`${HEAD}Content-Length: 104857600\r\n\r\n"`);
      const block = 'x'.repeat(65_536);
      const more = () => {
        while (sent < 104_857_600 && !socket.destroyed) {
          sent += block.length;
          if (!socket.write(block)) return void socket.once('drain', more);
        }
      };
      more();
    };
    const [opa, sidecar] = await open(flood);
    expect(await ask(sidecar)).toMatchObject({ kind: 'failed', code: 'evaluation_malformed' });
    expect(sent).toBeLessThan(50_000_000);
    await sidecar[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(opa.connections).toBe(0), PATIENCE_MS);
  });

  test.each<[string, Misbehaviour]>([
    ['never answers', () => {}],
    ['sends headers and never a body', answering(`${HEAD}Content-Length: 100\r\n\r\n`)],
  ])('that %s times out and leaks no connection', async (_what, misbehaviour) => {
    const [opa, sidecar] = await open(misbehaviour);
    const asked = Array.from({ length: 200 }, () => ask(sidecar, DEADLINE_MS));
    for (const evaluation of await Promise.all(asked))
      expect(evaluation).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
    await vi.waitFor(() => expect(opa.connections).toBeLessThanOrEqual(1), PATIENCE_MS); // The probe's.
    await sidecar[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(opa.connections).toBe(0), PATIENCE_MS);
  });

  test('that sends a byte a second times out and leaks no connection', async () => {
    const [opa, sidecar] = await open((socket) => {
      socket.write(HEAD);
      opa.every(10, socket, () => socket.write('X'));
    });
    expect(await ask(sidecar, DEADLINE_MS)).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
    await sidecar[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(opa.connections).toBe(0), PATIENCE_MS);
  });

  test('that is not there is told at once, and is not ready', async () => {
    const [opa, sidecar] = await open(() => {});
    await opa[Symbol.asyncDispose]();
    opened.shift();
    expect(await ask(sidecar)).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
    expect(sidecar.status()).toMatchObject({ ready: false, revision: '' });
  });
});

describe('asking OPA', () => {
  test('sends the text of the input as it is, with strict built-in errors, provenance and the token', async () => {
    const heads: string[] = [];
    const [, sidecar] = await open((socket) => socket.write(httpAnswer(200, envelope('{}'))), 'secret');
    const [opa] = opened as [BrokenOpa];
    opa.seen = (text) => heads.push(text);
    const input = '{ "n": 9007199254740993, "d": 1.0 }';
    expect(await ask(sidecar, PATIENCE_MS, input)).toEqual({
      kind: 'result',
      value: {},
      revision: 'r',
      engine: 'sidecar',
    });
    const head = heads.find((text) => text.startsWith('POST')) ?? '';
    expect(head).toContain('POST /v1/data/bailiff/decision?strict-builtin-errors=true&provenance=true');
    expect(head).toMatch(/authorization: Bearer secret\r\n/i);
    expect(head.endsWith(`\r\n\r\n{"input":${input}}`)).toBe(true);
  });

  test('goes once more, and only once more, when an idle connection turns out closed', async () => {
    let posts = 0;
    const [opa, sidecar] = await open((socket) => socket.write(httpAnswer(200, '{}')));
    opa.seen = (text) => {
      posts += text.startsWith('POST') ? 1 : 0;
    };
    opa.misbehaviour = (socket) =>
      posts === 1 ? socket.destroy() : socket.write(httpAnswer(200, envelope('true')));
    expect(await ask(sidecar)).toMatchObject({ kind: 'result' });
    expect(posts).toBe(2);
    opa.misbehaviour = (socket) => socket.destroy();
    expect(await ask(sidecar)).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
    expect(posts).toBe(4);
  });

  test('does not read a revision out of a name that objects inherit', async () => {
    const opa = await BrokenOpa.open(answering(httpAnswer(200, envelope('true'))));
    const external = { kind: 'external', url: opa.url, token: undefined, bundleName: 'constructor' } as const;
    const sidecar = await openSidecar({ opa: external, onLog: () => {} });
    opened.push(opa, sidecar);
    expect(await ask(sidecar)).toEqual({ kind: 'result', value: true, revision: '', engine: 'sidecar' });
  });

  test('refuses at once what more than a bounded number wait for', async () => {
    const [, sidecar] = await open(() => {});
    const controller = new AbortController();
    const taken = EVALUATIONS_PER_PROCESSOR * availableParallelism() + WAITING_MAX;
    const asked = Array.from({ length: taken + 50 }, () =>
      sidecar.evaluate('bailiff/decision', '{}', controller.signal),
    );
    const refused = await Promise.race(asked);
    expect(refused).toMatchObject({ kind: 'failed', code: 'overloaded' });
    controller.abort();
    const codes = (await Promise.all(asked)).map((each) => each.kind === 'failed' && each.code);
    expect(codes.filter((code) => code === 'overloaded')).toHaveLength(50);
    expect(codes.filter((code) => code === 'evaluation_timeout')).toHaveLength(taken);
  });

  test('tells a client that left from policy that is late, waiting or under way', async () => {
    const [, sidecar] = await open(() => {});
    const controller = new AbortController();
    const taken = EVALUATIONS_PER_PROCESSOR * availableParallelism() + 5;
    const asked = Array.from({ length: taken }, () =>
      sidecar.evaluate('bailiff/decision', '{}', controller.signal),
    );
    controller.abort(new Failure('client_gone'));
    const codes = (await Promise.all(asked)).map((each) => each.kind === 'failed' && each.code);
    expect(new Set(codes)).toStrictEqual(new Set(['client_gone']));
  });
});
