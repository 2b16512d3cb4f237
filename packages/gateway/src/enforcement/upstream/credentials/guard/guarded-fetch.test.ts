import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANSWER_BYTES_MAX, type GuardOptions, openGuardedFetch } from './guarded-fetch.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

let opened: AsyncDisposableStack;
beforeEach(() => {
  opened = new AsyncDisposableStack();
});
afterEach(() => opened.disposeAsync());

async function failureOf(attempted: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await attempted.then(
    () => new Error('it was not refused'),
    (failure: unknown) => failure,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  return thrown;
}

/** Counts connections on this machine, where everything that must not be reached is. */
async function trap() {
  let connects = 0;
  const server = createTcpServer((socket) => {
    connects += 1;
    socket.destroy();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  opened.defer(() => new Promise<void>((closed) => server.close(() => closed())));
  return { port: (server.address() as AddressInfo).port, connects: () => connects };
}

async function serve(handle: RequestListener) {
  const server = createServer(handle);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise<void>((closed) => server.close(() => closed()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const guardOf = (options: Partial<GuardOptions> = {}) =>
  opened.use(openGuardedFetch({ configured: [], ...options }));

/** A resolver that answers with these addresses in turn, the last one for ever. */
function resolver(...answers: string[][]): LookupFunction & { asked(): number } {
  let asked = 0;
  const lookup: LookupFunction = (_name, { all }, done) => {
    const found = (answers[Math.min(asked, answers.length - 1)] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    asked += 1;
    if (all) done(null, found);
    else done(null, found[0]?.address ?? '', found[0]?.family);
  };
  return Object.assign(lookup, { asked: () => asked });
}

describe('an address that the configuration does not name', () => {
  test.each([
    ['of cloud metadata', '169.254.169.254'],
    ['of this machine', '127.0.0.1'],
    ['of this machine, as one number', '2130706433'],
    ['of this machine, in octal', '0177.0.0.1'],
    ['of this machine, in hexadecimal', '0x7f.0x0.0x0.0x1'],
    ['of this machine, cut short', '127.1'],
    ['of this machine, in full-width digits', '１２７.０.０.１'],
    ['of cloud metadata, as one number', '2852039166'],
    ['of cloud metadata, in octal', '0251.0376.0251.0376'],
    ['of cloud metadata, wrapped in IPv6', '[::ffff:169.254.169.254]'],
    ['of cloud metadata, wrapped in IPv6 in hexadecimal', '[::ffff:a9fe:a9fe]'],
    ['of cloud metadata, as compatible IPv6', '[::a9fe:a9fe]'],
    ['of cloud metadata, behind NAT64', '[64:ff9b::a9fe:a9fe]'],
    ['of cloud metadata, behind 6to4', '[2002:a9fe:a9fe::1]'],
    ['of cloud metadata over IPv6', '[fd00:ec2::254]'],
    ['of this machine over IPv6', '[::1]'],
    ['of every interface', '0.0.0.0'],
    ['of every interface over IPv6', '[::]'],
    ['of a private network', '10.1.2.3'],
    ['of another private network', '172.31.255.255'],
    ['of a home', '192.168.1.1'],
    ['of a carrier', '100.64.0.1'],
    ['of a link over IPv6', '[fe80::1]'],
    ['of everybody', '255.255.255.255'],
  ])('%s (%s) is refused without a connection', async (_what, host) => {
    const at = await trap();
    const lookup = resolver(['127.0.0.1']);
    const failure = await failureOf(guardOf({ lookup }).ask(`https://${host}:${at.port}/x`));
    expect(failure).toMatchObject({ code: 'upstream_invalid' });
    expect(failure.detail).not.toContain(host);
    expect(at.connects()).toBe(0);
  });

  test.each([
    ['of this machine', ['127.0.0.1']],
    ['of cloud metadata', ['169.254.169.254']],
    ['of this machine over IPv6', ['::1']],
    ['wrapped in IPv6', ['::ffff:127.0.0.1']],
    ['public, and beside it one of this machine', ['8.8.8.8', '127.0.0.1']],
  ])('whose name resolves to one %s is refused without a connection', async (_what, addresses) => {
    const at = await trap();
    const lookup = resolver(addresses);
    const failure = await failureOf(guardOf({ lookup }).ask(`https://innocent.example:${at.port}/x`));
    expect(failure).toMatchObject({ code: 'upstream_invalid', detail: expect.stringContaining('not asked') });
    expect(lookup.asked()).toBe(1);
    expect(at.connects()).toBe(0);
  });

  test.each([
    'http://8.8.8.8/x',
    'http://innocent.example/x',
    'file:///etc/passwd',
    'ftp://8.8.8.8/x',
    'gopher://8.8.8.8/x',
    'https://user@8.8.8.8/x',
    'https://user:word@8.8.8.8/x',
    'not an address',
  ])('%s is refused', async (address) => {
    const lookup = resolver(['127.0.0.1']);
    expect(await failureOf(guardOf({ lookup }).ask(address))).toMatchObject({ code: 'upstream_invalid' });
    expect(lookup.asked()).toBe(0);
  });
});

describe('an address that the configuration names', () => {
  test('may be this machine’s own, without encryption', async () => {
    const url = await serve((_request, response) => response.end('"here"'));
    const answer = await guardOf({ configured: [`${url}/other`] }).ask(`${url}/x`);
    expect(await answer.json()).toBe('here');
  });

  test('opens no other port of its host', async () => {
    const at = await trap();
    const guard = guardOf({ configured: ['http://127.0.0.1:1/'] });
    expect(await failureOf(guard.ask(`http://127.0.0.1:${at.port}/`))).toMatchObject({
      code: 'upstream_invalid',
    });
    expect(at.connects()).toBe(0);
  });

  test('whose name means another address by the next time is looked at each time, and connected to as it was looked at', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end('"here"');
    });
    const named = `http://rebinding.example:${new URL(url).port}/`;
    const lookup = resolver(['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '10.0.0.1']);
    const guard = guardOf({ configured: [named], lookup });
    expect(await (await guard.ask(named)).json()).toBe('here');
    expect(lookup.asked()).toBe(1);
    for (const asked of [2, 3]) {
      expect(await failureOf(guard.ask(named))).toMatchObject({ code: 'upstream_invalid' });
      expect(lookup.asked()).toBe(asked);
    }
  });

  test('without encryption must be this machine’s, whatever its name', async () => {
    const lookup = resolver(['10.0.0.1']);
    const guard = guardOf({ configured: ['http://localhost:1/'], lookup });
    expect(await failureOf(guard.ask('http://localhost:1/'))).toMatchObject({ code: 'upstream_invalid' });
  });
});

describe('an answer', () => {
  test.each([301, 302, 303, 307, 308])('that is a redirect (%i) is not followed', async (status) => {
    const at = await trap();
    const url = await serve((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${at.port}/` }).end();
    });
    const guard = guardOf({ configured: [url] });
    expect(await failureOf(guard.ask(url))).toMatchObject({ code: 'upstream_invalid' });
    expect(at.connects()).toBe(0);
  });

  test('that is too long is cut off', async () => {
    let written = 0;
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed && written < ANSWER_BYTES_MAX * 100) {
          written += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on('drain', more);
      more();
    });
    const failure = await failureOf(guardOf({ configured: [url] }).ask(url));
    expect(failure).toMatchObject({ code: 'upstream_invalid', detail: expect.stringContaining('longer') });
    expect(written).toBeLessThan(ANSWER_BYTES_MAX * 100);
  });

  test('that never comes ends with whoever waits', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const url = await serve(() => resolve());
    const leaving = new AbortController();
    const waiting = failureOf(guardOf({ configured: [url] }).ask(url, { signal: leaving.signal }));
    await asked;
    leaving.abort();
    expect(await waiting).toMatchObject({ code: 'client_gone' });
  });

  test('where nobody listens is a failure that says so', async () => {
    const guard = guardOf({ configured: ['http://127.0.0.1:1/'] });
    expect(await failureOf(guard.ask('http://127.0.0.1:1/'))).toMatchObject({ code: 'upstream_unavailable' });
  });
});

describe('addresses', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.128.0.0',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));
  test.each([
    '',
    'localhost',
    '8.8.8',
    '2001:db8::1',
    '2001::1',
    '3fff::1',
    'fe80::1%eth0',
    '4000::1',
    'ff02::1',
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));
  test('of this machine are 127.0.0.0/8 and ::1', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].every(isLoopbackAddress)).toBe(true);
    expect(['128.0.0.1', '::2', '::1%lo', 'localhost', ''].some(isLoopbackAddress)).toBe(false);
  });
});
