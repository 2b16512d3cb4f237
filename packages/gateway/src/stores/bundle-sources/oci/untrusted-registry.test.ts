import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { archiveOf, originOf, sampleBundle } from '../testing/sample-bundle.ts';
import { serve } from '../testing/serve.ts';
import { OciFetcher, type OciOrigin } from './oci-fetcher.ts';
import { ociReferenceOf } from './oci-reference.ts';

const { signal } = new AbortController();

let bundle: Uint8Array;
beforeAll(async () => {
  bundle = await sampleBundle('hello');
});

const fetcherOf = (reference: string, more: Partial<OciOrigin> = {}, environment = {}) =>
  new OciFetcher(originOf(reference, more), environment);
function* endless() {
  for (;;) yield new Uint8Array(65_536);
}

describe('a registry that cannot be trusted', () => {
  const digestOf = async (bytes: Uint8Array) =>
    `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')}`;
  const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const manifestOf = async (layer: Uint8Array, more: object = {}) => ({
    schemaVersion: 2,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await digestOf(text({})),
      size: 2,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: await digestOf(layer),
        size: layer.length,
      },
    ],
    ...more,
  });

  test('and gives another layer than the manifest names is not believed', async () => {
    const manifest = text(await manifestOf(bundle));
    const other = Uint8Array.from(bundle);
    other[100] = (other[100] ?? 0) ^ 1;
    await using lying = await serve((request, response) =>
      response.end(request.url?.includes('/blobs/') ? other : manifest),
    );
    await using fetcher = fetcherOf(`${lying.host}/team/greeting:v1`);
    await expect(fetcher.fetch(undefined, signal)).rejects.toThrow('another bundle than the digest names');
  });

  test('and gives another manifest than was asked for, or than it says, is not believed', async () => {
    const manifest = text(await manifestOf(bundle));
    await using lying = await serve((_request, response) =>
      response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end(manifest),
    );
    for (const name of [':v1', `@sha256:${'1'.repeat(64)}`]) {
      await using fetcher = fetcherOf(`${lying.host}/team/greeting${name}`);
      await expect(fetcher.fetch(undefined, signal)).rejects.toThrow(
        'another manifest than the digest names',
      );
    }
  });

  test('and sends more than the manifest says is cut off', async () => {
    const manifest = text(await manifestOf(bundle));
    await using flooding = await serve((request, response) => {
      if (!request.url?.includes('/blobs/')) return response.end(manifest);
      return Readable.from(endless())
        .on('error', () => undefined)
        .pipe(response);
    });
    await using fetcher = fetcherOf(`${flooding.host}/team/greeting:v1`);
    await expect(fetcher.fetch(undefined, signal)).rejects.toThrow('is longer than');
  });

  test.each([
    [
      'two layers',
      async () => ({ layers: [...(await manifestOf(bundle)).layers, ...(await manifestOf(bundle)).layers] }),
    ],
    ['no layer', async () => ({ layers: [] })],
    [
      'a layer of another kind',
      async () => ({
        layers: [{ mediaType: 'application/zip', digest: await digestOf(bundle), size: bundle.length }],
      }),
    ],
    ['approvals that are none', async () => ({ annotations: { 'dev.bailiff.approvals': '["no"]' } })],
    ['approvals that are no list', async () => ({ annotations: { 'dev.bailiff.approvals': '{' } })],
  ])('and has an artifact with %s gives no bundle', async (_what, more) => {
    const manifest = text(await manifestOf(bundle, await more()));
    await using odd = await serve((request, response) =>
      response.end(request.url?.includes('/blobs/') ? bundle : manifest),
    );
    await using fetcher = fetcherOf(`${odd.host}/team/greeting:v1`);
    await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
  });

  test('and redirects blobs to a store has them read there, without the credential', async () => {
    const manifest = text(await manifestOf(bundle));
    await using store = await serve((_request, response) => response.end(bundle));
    await using redirecting = await serve((request, response) => {
      if (!request.headers.authorization)
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      if (!request.url?.includes('/blobs/')) return response.end(manifest);
      return response.writeHead(307, { location: `http://${store.host}/blob?signed=1` }).end();
    });
    const more = { password: { env: 'PASSWORD' } };
    await using fetcher = fetcherOf(`${redirecting.host}/team/greeting:v1`, more, { PASSWORD: 'secret' });
    expect(archiveOf(await fetcher.fetch(undefined, signal))).toEqual(bundle);
    expect(store.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/latest/meta-data',
    'https://192.168.0.1/',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:10.0.0.1]/',
    'ftp://127.0.0.1/',
  ])('and redirects to %s is not followed', async (location) => {
    await using redirecting = await serve((_request, response) =>
      response.writeHead(307, { location }).end(),
    );
    await using fetcher = fetcherOf(`${redirecting.host}/team/greeting:v1`);
    await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
  });

  test('and redirects in a circle is left', async () => {
    await using circling = await serve((_request, response) =>
      response.writeHead(307, { location: '/' }).end(),
    );
    await using fetcher = fetcherOf(`${circling.host}/team/greeting:v1`);
    await expect(fetcher.fetch(undefined, signal)).rejects.toThrow('redirects more than');
    expect(circling.asked).toHaveLength(6);
  });

  test('and does not answer, or answers byte by byte, is left when the time is up', async () => {
    await using hanging = await serve(() => undefined);
    await using slow = await serve((_request, response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });
    for (const { host: at } of [hanging, slow]) {
      await using fetcher = fetcherOf(`${at}/team/greeting:v1`);
      const late = new Error('late');
      const over = new AbortController();
      const fetching = fetcher.fetch(undefined, over.signal);
      await pause(50);
      over.abort(late);
      await expect(fetching).rejects.toBe(late);
    }
  });
});

test.each([
  'registry.example',
  'registry.example/UPPER:v1',
  'registry.example/a/../b:v1',
  'registry.example/a:v1/../../x',
  'registry.example/a@sha256:12',
  'user@registry.example/a:v1',
  '[::1/a:v1',
  'registry.example:99999/a:v1',
])('%s is no reference, and nothing is asked', async (reference) => {
  await using fetcher = fetcherOf(reference);
  await expect(fetcher.fetch(undefined, signal)).rejects.toThrow('cannot be read');
});

test('plain HTTP is spoken on loopback only', () => {
  const protocolOf = (at: string) => ociReferenceOf(`${at}/team/greeting:v1`).registry.protocol;
  for (const at of ['localhost:5000', '127.0.0.1', '[::1]:5000']) expect(protocolOf(at)).toBe('http:');
  for (const at of ['registry.example', 'localhost.example', '127.0.0.1.example:5000', '10.0.0.1'])
    expect(protocolOf(at)).toBe('https:');
});

test('a name of loopback that stands for another address is not asked', async () => {
  const lookup: LookupFunction = (_name, _options, done) => done(null, [{ address: '10.0.0.1', family: 4 }]);
  await using fetcher = new OciFetcher(originOf('localhost:5000/team/greeting:v1'), {}, { lookup });
  await expect(fetcher.fetch(undefined, signal)).rejects.toThrow('may not lead to');
});
