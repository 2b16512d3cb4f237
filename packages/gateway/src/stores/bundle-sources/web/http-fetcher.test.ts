import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makeRelease } from '../../../decision/testing/release.ts';
import { createActiveRelease } from '../../../distribution/active-release.ts';
import { createBundleEndpoint, waitSecondsOf } from '../../../distribution/bundle-endpoint.ts';
import type { Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { jwsOf } from '../testing/sample-bundle.ts';
import { serve } from '../testing/serve.ts';
import { HttpFetcher, type HttpOrigin } from './http-fetcher.ts';

const { signal } = new AbortController();
const APPROVAL = jwsOf({ approver: 'ann' });
const BUNDLES = 'application/vnd.openpolicyagent.bundles';

const fetcherOf = (host: string, more: Partial<HttpOrigin> = {}, environment = {}) =>
  new HttpFetcher(
    {
      kind: 'http',
      url: `http://${host}/b.tar.gz?x=1`,
      cadence_seconds: 30,
      size_limit_bytes: 4_096,
      local_development: false,
      ...more,
    },
    environment,
  );
const versionOf = (fetched: Fetched) => (fetched.kind === 'found' ? fetched.version : fetched.kind);
const textOf = (fetched: Fetched) =>
  fetched.kind === 'found' && fetched.content.kind === 'archive'
    ? Buffer.from(fetched.content.bytes).toString()
    : fetched.kind;

/** A service as OPA’s bundle API has it: it holds a request that names the tag it has. */
class Service {
  text = 'one';
  approvals: string | undefined;
  readonly held = new Set<() => void>();

  publish(text: string): void {
    this.text = text;
    for (const release of [...this.held]) release();
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.includes('.approvals.json'))
      return this.approvals === undefined ? response.writeHead(404).end() : response.end(this.approvals);
    const etag = `"${this.text}"`;
    if (request.headers['if-none-match'] !== etag)
      return response.writeHead(200, { etag, 'content-type': BUNDLES }).end(this.text);
    if (!String(request.headers.prefer).includes('wait='))
      return response.writeHead(304, { etag, 'content-type': BUNDLES }).end();
    const release = () => {
      this.held.delete(release);
      this.answer(request, response);
    };
    response.once('close', () => this.held.delete(release));
    return this.held.add(release);
  };
}

test('a bundle is fetched once for each of its tags', async () => {
  const service = new Service();
  await using served = await serve(service.answer);
  await using fetcher = fetcherOf(served.host);
  const fetched = await fetcher.fetch(undefined, signal);
  expect(textOf(fetched)).toBe('one');
  expect(await fetcher.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
  service.publish('two');
  expect(textOf(await fetcher.fetch(versionOf(fetched), signal))).toBe('two');
  expect(served.asked.map(({ what }) => what)).toContain('GET /b.tar.gz?x=1');
  expect(served.asked.map(({ what }) => what)).toContain('GET /b.tar.gz.approvals.json?x=1');
});

test('approvals beside the bundle come with it, and another one fetches it again', async () => {
  const service = new Service();
  await using served = await serve(service.answer);
  await using fetcher = fetcherOf(served.host);
  const before = await fetcher.fetch(undefined, signal);
  service.approvals = JSON.stringify([APPROVAL]);
  const approved = await fetcher.fetch(versionOf(before), signal);
  expect(approved).toMatchObject({ kind: 'found', approvals: [APPROVAL] });
  expect(await fetcher.fetch(versionOf(approved), signal)).toEqual({ kind: 'unchanged' });
  service.approvals = 'rubbish';
  await expect(fetcher.fetch(versionOf(approved), signal)).rejects.toThrow('no list of approvals');
});

test('a service without tags is told by what it gives', async () => {
  let text = 'one';
  await using served = await serve((request, response) =>
    request.url?.includes('approvals') ? response.writeHead(403).end() : response.end(text),
  );
  await using fetcher = fetcherOf(served.host, { long_polling_seconds: 1 });
  const fetched = await fetcher.fetch(undefined, signal);
  expect(await fetcher.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
  expect(served.asked.map(({ headers }) => headers['if-none-match'])).toEqual(
    served.asked.map(() => undefined),
  );
  text = 'two';
  expect(textOf(await fetcher.fetch(versionOf(fetched), signal))).toBe('two');
});

test('a token of the environment is shown, and a refusal says which key is missing', async () => {
  const service = new Service();
  await using served = await serve((request, response) =>
    request.headers.authorization === 'Bearer t0ken'
      ? service.answer(request, response)
      : response.writeHead(401).end(),
  );
  const token = { env: 'BUNDLE_TOKEN' };
  await using fetcher = fetcherOf(served.host, { token }, { BUNDLE_TOKEN: 't0ken' });
  expect(textOf(await fetcher.fetch(undefined, signal))).toBe('one');
  await using anonymous = fetcherOf(served.host);
  await expect(anonymous.fetch(undefined, signal)).rejects.toThrow('Set the source’s `token`');
  await using unset = fetcherOf(served.host, { token });
  await expect(unset.fetch(undefined, signal)).rejects.toThrow('BUNDLE_TOKEN is not set');
});

describe('a service that holds requests', () => {
  test('tells of another bundle at once, and it is fetched once', async () => {
    const service = new Service();
    await using served = await serve(service.answer);
    await using fetcher = fetcherOf(served.host, { long_polling_seconds: 60 });
    const fetched = await fetcher.fetch(undefined, signal);
    const told = fetcher.whenChanged(signal);
    await expect.poll(() => service.held.size).toBe(1);
    service.publish('two');
    await told;
    expect(textOf(await fetcher.fetch(versionOf(fetched), signal))).toBe('two');
    const bundles = served.asked.filter(({ what }) => !what.includes('approvals'));
    expect(bundles.map(({ headers }) => headers.prefer)).toEqual([
      'modes=snapshot',
      'modes=snapshot;wait=60',
    ]);
  });

  test('is left when it is no longer waited for', async () => {
    const service = new Service();
    await using served = await serve(service.answer);
    await using fetcher = fetcherOf(served.host, { long_polling_seconds: 60 });
    await fetcher.fetch(undefined, signal);
    const over = new AbortController();
    const told = fetcher.whenChanged(over.signal);
    await expect.poll(() => service.held.size).toBe(1);
    over.abort(new Error('over'));
    await expect(told).rejects.toThrow('over');
    await expect.poll(() => service.held.size).toBe(0);
  });

  test.each([
    ['answers at once that nothing changed', 304, BUNDLES],
    ['fails', 500, BUNDLES],
    ['does not say that it holds any', 304, 'application/gzip'],
  ])('and one that %s is not asked again before the next look', async (_what, status, type) => {
    await using served = await serve((request, response) => {
      if (request.url?.includes('approvals')) return response.writeHead(404).end();
      if (request.headers['if-none-match'] !== undefined)
        return response.writeHead(status, { etag: '"one"', 'content-type': type }).end();
      return response.writeHead(200, { etag: '"one"', 'content-type': type }).end('one');
    });
    await using fetcher = fetcherOf(served.host, { long_polling_seconds: 1 });
    await fetcher.fetch(undefined, signal);
    const over = new AbortController();
    const before = served.asked.length;
    const told = fetcher.whenChanged(over.signal);
    if (type === BUNDLES) await expect.poll(() => served.asked.length).toBe(before + 1);
    const asked = served.asked.length;
    // A request to the same server shows that none of the fetcher’s came before it.
    await fetch(`http://${served.host}/.approvals.json`);
    expect(served.asked.length).toBe(asked + 1);
    over.abort(new Error('over'));
    await expect(told).rejects.toThrow('over');
  });
});

describe('what is refused', () => {
  const failing = async (answer: Parameters<typeof serve>[0], more: Partial<HttpOrigin> = {}) => {
    await using served = await serve((request, response) =>
      request.url?.includes('approvals') ? response.writeHead(404).end() : answer(request, response),
    );
    await using fetcher = fetcherOf(served.host, more);
    return await fetcher.fetch(undefined, signal).then(
      () => 'fetched',
      (thrown) => `${thrown.code}: ${thrown.detail}`,
    );
  };

  test('more bytes than the source may have, told or not', async () => {
    const large = Buffer.alloc(4_097);
    expect(await failing((_request, response) => response.end(large))).toMatch('longer than 4096 bytes');
    const untold: Parameters<typeof serve>[0] = (_request, response) => {
      response.write(large.subarray(0, 4_000));
      response.end(large.subarray(0, 97));
    };
    expect(await failing(untold)).toMatch('longer than 4096 bytes');
    expect(await failing((_request, response) => response.end(large.subarray(1)))).toBe('fetched');
  });

  test('an answer that breaks off', async () => {
    const answer: Parameters<typeof serve>[0] = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    expect(await failing(answer)).toMatch('could not be asked');
  });

  test.each([404, 500, 204, 304])('an answer of %i without a bundle', async (status) => {
    expect(await failing((_request, response) => response.writeHead(status).end())).toMatch(
      'bundle_unavailable',
    );
  });

  test.each([
    'http://example.org/',
    'https://10.1.2.3/',
    'https://169.254.169.254/',
    'https://[fe80::1]/',
    'file:///etc/passwd',
    'http://name:secret@127.0.0.1/',
  ])('a redirect to %s', async (location) => {
    expect(await failing((_request, response) => response.writeHead(302, { location }).end())).toMatch(
      'bundle_unavailable',
    );
  });

  test('plain HTTP beyond loopback, and a name of loopback for another address', async () => {
    await using beyond = fetcherOf('bundles.invalid');
    await expect(beyond.fetch(undefined, signal)).rejects.toThrow('plain HTTP');
    const lookup: LookupFunction = (_name, _options, done) =>
      done(null, [{ address: '10.0.0.1', family: 4 }]);
    const origin: HttpOrigin = {
      kind: 'http',
      url: 'http://localhost:1/b.tar.gz',
      cadence_seconds: 30,
      size_limit_bytes: 4_096,
      local_development: false,
    };
    await using renamed = new HttpFetcher(origin, {}, { lookup });
    await expect(renamed.fetch(undefined, signal)).rejects.toThrow('may not lead to');
  });
});

test('a redirect within loopback is followed, and the token stays behind', async () => {
  const service = new Service();
  await using target = await serve(service.answer);
  await using leading = await serve((request, response) =>
    response.writeHead(302, { location: `http://${target.host}${request.url}` }).end(),
  );
  await using fetcher = fetcherOf(leading.host, { token: { env: 'T' } }, { T: 'secret' });
  expect(textOf(await fetcher.fetch(undefined, signal))).toBe('one');
  expect(target.asked.map(({ headers }) => headers.authorization)).toEqual(target.asked.map(() => undefined));
  expect(leading.asked.map(({ headers }) => headers.authorization)).toContain('Bearer secret');
});

test('another gateway’s bundle endpoint is such a service', async () => {
  const releaseOf = (text: string) => makeRelease(text, {}, Buffer.from(text));
  const active = createActiveRelease({ clock: () => 0 });
  active.activate(releaseOf('one'));
  const endpoint = createBundleEndpoint(active);
  await using served = await serve(async (request, response) => {
    if (request.url?.includes('approvals')) return response.writeHead(404).end();
    const left = new AbortController();
    response.once('close', () => left.abort(new Error('left')));
    const waitSeconds = waitSecondsOf(String(request.headers.prefer));
    const ifNoneMatch = request.headers['if-none-match'];
    const { status, headers, body } = await endpoint({ ifNoneMatch, waitSeconds }, left.signal);
    return response.writeHead(status, headers).end(body);
  });
  await using fetcher = fetcherOf(served.host, { long_polling_seconds: 60 });
  const fetched = await fetcher.fetch(undefined, signal);
  expect(textOf(fetched)).toBe('one');
  expect(await fetcher.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
  const told = fetcher.whenChanged(signal);
  active.activate(releaseOf('two'));
  await told;
  expect(textOf(await fetcher.fetch(versionOf(fetched), signal))).toBe('two');
});
