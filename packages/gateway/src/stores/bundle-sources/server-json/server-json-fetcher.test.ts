import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleOrigin } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryForTests } from '../../../../../../conformance/setup/registry/registry-for-tests.ts';
import { pushBundle } from '../oci/push-bundle.ts';
import { openFetcher } from '../open-fetcher.ts';
import { archiveOf, sampleBundle } from '../testing/sample-bundle.ts';
import { serve } from '../testing/serve.ts';
import { BUNDLE_KEY, bundleReferenceIn } from './bundle-reference.ts';

const { signal } = new AbortController();
const PUBLISHED = 'io.modelcontextprotocol.registry/publisher-provided';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-server-json-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const serverJson = (meta: object) => ({
  $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  name: 'io.github.acme/weather',
  description: 'Weather',
  version: '1.4.0',
  packages: [{ registryType: 'npm', identifier: '@acme/weather-mcp', version: '1.4.0' }],
  _meta: meta,
});
const open = (origin: object, environment = {}) =>
  openFetcher(BundleOrigin.parse({ kind: 'server_json', ...origin }), {
    name: 'servers/weather',
    directory: folder,
    dataDirectory: join(folder, 'data'),
    environment,
  });
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const REFERENCE = 'registry.example/policy/weather:1.4.0';

test.each([
  ['a server.json', serverJson({ [BUNDLE_KEY]: REFERENCE })],
  ['what a publisher says, as registries keep it', serverJson({ [PUBLISHED]: { [BUNDLE_KEY]: REFERENCE } })],
  [
    'an answer of a registry',
    { server: serverJson({ [PUBLISHED]: { [BUNDLE_KEY]: REFERENCE } }), _meta: { official: {} } },
  ],
])('the reference is read from %s', (_what, document) => {
  expect(bundleReferenceIn(bytesOf(document), 'registry.example')).toBe(REFERENCE);
});

test.each([
  ['no metadata', { name: 'x' }, /names no bundle/],
  [
    'an inherited name',
    serverJson(JSON.parse(`{"__proto__": {"${BUNDLE_KEY}": "${REFERENCE}"}}`)),
    /names no/,
  ],
  ['what is no reference', serverJson({ [BUNDLE_KEY]: 'https://registry.example/x' }), /is no reference/],
  ['no text', serverJson({ [BUNDLE_KEY]: { reference: REFERENCE } }), /is no reference/],
  ['another registry', serverJson({ [BUNDLE_KEY]: 'localhost:5000/policy/weather:1' }), /another registry/],
  ['its name as a user’s', serverJson({ [BUNDLE_KEY]: 'registry.example@evil.example/a:1' }), /another/],
  ['a list', [], /no JSON object/],
])('metadata with %s is refused', (_what, document, message) => {
  expect(() => bundleReferenceIn(bytesOf(document), 'registry.example')).toThrow(
    expect.objectContaining({ code: 'bundle_unavailable', detail: expect.stringMatching(message) }),
  );
});

test('an origin names one place of metadata, and the registry that it may name', () => {
  const isOrigin = (origin: object) => BundleOrigin.safeParse({ kind: 'server_json', ...origin }).success;
  expect(isOrigin({ file: 'server.json', registry: 'ghcr.io' })).toBe(true);
  expect(isOrigin({ file: 'server.json' })).toBe(false);
  expect(isOrigin({ registry: 'ghcr.io' })).toBe(false);
  expect(isOrigin({ file: 'a', url: 'https://x.example', registry: 'ghcr.io' })).toBe(false);
});

test('metadata that cannot be read or has too many bytes says so', async () => {
  await using missing = open({ file: 'nowhere.json', registry: 'x.example' });
  await expect(missing.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
  await writeFile(join(folder, 'long.json'), Buffer.alloc(1_100_000, ' '));
  await using long = open({ file: 'long.json', registry: 'x.example' });
  await expect(long.fetch(undefined, signal)).rejects.toMatchObject({
    detail: expect.stringContaining('longer than'),
  });
});

describe('with a real registry', () => {
  const host = registryForTests();

  test('the bundle comes from where the metadata says, and another reference in it is another version', async () => {
    const bundles = await Promise.all([sampleBundle('hello'), sampleBundle('goodbye')]);
    const references = [`${host()}/mcp/weather:1.4.0`, `${host()}/mcp/weather:1.5.0`];
    for (const [at, bytes] of bundles.entries())
      await pushBundle(references[at] ?? '', { bytes }, { signal });
    const publish = (at: number) =>
      writeFile(join(folder, 'server.json'), JSON.stringify(serverJson({ [BUNDLE_KEY]: references[at] })));

    await using fetcher = open({ file: 'server.json', registry: host() });
    await publish(0);
    const first = await fetcher.fetch(undefined, signal);
    expect(archiveOf(first)).toEqual(bundles[0]);
    const { version } = first as { version: string };
    expect(version.startsWith(`${references[0]} sha256:`)).toBe(true);
    expect(await fetcher.fetch(version, signal)).toEqual({ kind: 'unchanged' });
    await publish(1);
    expect(archiveOf(await fetcher.fetch(version, signal))).toEqual(bundles[1]);
  });

  test('metadata over HTTP is read without the registry’s credentials', async () => {
    const bytes = await sampleBundle('hello');
    const reference = `${host()}/mcp/web:1`;
    await pushBundle(reference, { bytes }, { signal });
    await using served = await serve((_request, response) =>
      response.end(JSON.stringify(serverJson({ [BUNDLE_KEY]: reference }))),
    );
    const environment = { NAME: 'agent', SECRET: 'hunter2' };
    const secrets = { username: { env: 'NAME' }, password: { env: 'SECRET' } };
    const url = `http://${served.host}/v0/servers/weather?x=y`;
    await using fetcher = open({ url, registry: host(), ...secrets }, environment);
    expect(fetcher.described).toBe(`http://${served.host}/v0/servers/weather in ${host()}`);
    expect(archiveOf(await fetcher.fetch(undefined, signal))).toEqual(bytes);
    expect(served.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});
