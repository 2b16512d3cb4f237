import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { registryForTests } from '../../../../../../conformance/setup/registry/registry-for-tests.ts';
import { startRegistry } from '../../../../../../conformance/setup/registry/start-registry.ts';
import type { Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { OPA } from '../../../distribution/testing/sample-release.ts';
import { archiveOf, jwsOf, originOf, sampleBundle } from '../testing/sample-bundle.ts';
import { handOn, serve } from '../testing/serve.ts';
import { OciFetcher, type OciOrigin } from './oci-fetcher.ts';
import { addApproval, pushBundle } from './push-bundle.ts';

const { signal } = new AbortController();
const HTPASSWD = 'agent:$2b$04$y4zAgfFMfGS9/CGsX.6fzup64KgPdz0/yxp.ZX1BUYAjO/cvXpz02';
const APPROVAL = jwsOf({ bundle: 'greeting', digest: 'sha256:1', approver: 'ann' });

const host = registryForTests();
let bundle: Uint8Array;
beforeAll(async () => {
  bundle = await sampleBundle('hello');
});

const fetcherOf = (reference: string, more: Partial<OciOrigin> = {}, environment = {}) =>
  new OciFetcher(originOf(reference, more), environment);
const versionOf = (fetched: Fetched) => (fetched.kind === 'found' ? fetched.version : fetched.kind);

describe('a real registry', () => {
  test('gives back, by tag and by digest, the bytes that were pushed', async () => {
    const reference = `${host()}/team/greeting:v1`;
    const pushed = await pushBundle(reference, { bytes: bundle }, { signal });
    await using byTag = fetcherOf(reference);
    await using byDigest = fetcherOf(pushed.reference);
    for (const fetcher of [byTag, byDigest]) {
      const fetched = await fetcher.fetch(undefined, signal);
      expect(archiveOf(fetched)).toEqual(bundle);
      expect(fetched).toMatchObject({ version: pushed.digest, approvals: [] });
      expect(await fetcher.fetch(pushed.digest, signal)).toEqual({ kind: 'unchanged' });
    }
  });

  test('tells of another bundle under the same tag', async () => {
    const reference = `${host()}/team/greeting:moving`;
    const first = await pushBundle(reference, { bytes: bundle }, { signal });
    const other = await sampleBundle('goodbye');
    await pushBundle(reference, { bytes: other }, { signal });
    await using fetcher = fetcherOf(reference);
    expect(archiveOf(await fetcher.fetch(first.digest, signal))).toEqual(other);
    await using pinned = fetcherOf(first.reference);
    expect(archiveOf(await pinned.fetch(undefined, signal)), 'what a digest names stays').toEqual(bundle);
  });

  test('carries approvals, which are added without touching the bundle', async () => {
    const reference = `${host()}/team/greeting:approved`;
    const annotations = { 'org.opencontainers.image.version': '1.2.3' };
    const pushed = await pushBundle(reference, { bytes: bundle, annotations }, { signal });
    const second = jwsOf({ bundle: 'greeting', digest: 'sha256:1', approver: 'bob' });
    await addApproval(reference, { jws: APPROVAL, expected: pushed.digest }, { signal });
    const approved = await addApproval(reference, { jws: second }, { signal });
    expect(await addApproval(reference, { jws: second }, { signal }), 'twice is once').toEqual(approved);
    await using fetcher = fetcherOf(reference);
    const fetched = await fetcher.fetch(pushed.digest, signal);
    expect(archiveOf(fetched)).toEqual(bundle);
    expect(fetched).toMatchObject({ version: approved.digest, approvals: [APPROVAL, second] });
    const manifest = await (
      await fetch(`http://${host()}/v2/team/greeting/manifests/approved`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
    ).json();
    expect(manifest).toMatchObject({ annotations });
  });

  test('does not have a bundle approved that was pushed after it was looked at', async () => {
    const reference = `${host()}/team/greeting:raced`;
    const looked = await pushBundle(reference, { bytes: bundle }, { signal });
    const other = await pushBundle(reference, { bytes: await sampleBundle('other') }, { signal });
    const adding = addApproval(reference, { jws: APPROVAL, expected: looked.digest }, { signal });
    await expect(adding).rejects.toMatchObject({ code: 'bundle_unavailable' });
    await using fetcher = fetcherOf(reference);
    expect(await fetcher.fetch(other.digest, signal)).toEqual({ kind: 'unchanged' });
  });

  test('is asked once for a tag that did not move, and not at all for a digest', async () => {
    const pushed = await pushBundle(`${host()}/team/greeting:once`, { bytes: bundle }, { signal });
    await using front = await serve((request, response) => handOn(request, response, host()));
    await using byTag = fetcherOf(`${front.host}/team/greeting:once`);
    expect(await byTag.fetch(pushed.digest, signal)).toEqual({ kind: 'unchanged' });
    expect(front.asked.map(({ what }) => what)).toEqual(['HEAD /v2/team/greeting/manifests/once']);
    await using byDigest = fetcherOf(`${front.host}/team/greeting@${pushed.digest}`);
    expect(await byDigest.fetch(pushed.digest, signal)).toEqual({ kind: 'unchanged' });
    expect(front.asked).toHaveLength(1);
  });

  test('follows an index with one bundle, and refuses one with two', async () => {
    const repository = `http://${host()}/v2/team/greeting/manifests`;
    const [first, second] = [
      await pushBundle(`${host()}/team/greeting:a`, { bytes: bundle }, { signal }),
      await pushBundle(`${host()}/team/greeting:b`, { bytes: await sampleBundle('b') }, { signal }),
    ];
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const entryOf = async (digest: string) => {
      const size = Number(
        (await fetch(`${repository}/${digest}`, { headers: { accept: type } })).headers.get('content-length'),
      );
      return { mediaType: type, digest, size };
    };
    const indexType = 'application/vnd.oci.image.index.v1+json';
    const put = async (tag: string, manifests: object[]) => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
      const headers = { 'content-type': indexType };
      expect((await fetch(`${repository}/${tag}`, { method: 'PUT', headers, body })).status).toBe(201);
    };
    await put('one', [await entryOf(first.digest)]);
    await put('two', [await entryOf(first.digest), await entryOf(second.digest)]);
    await using one = fetcherOf(`${host()}/team/greeting:one`);
    const fetched = await one.fetch(undefined, signal);
    expect(archiveOf(fetched)).toEqual(bundle);
    expect(await one.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
    await using two = fetcherOf(`${host()}/team/greeting:two`);
    await expect(two.fetch(undefined, signal)).rejects.toThrow('stands for 2 artifacts');
  });

  test('says what to do for a tag that is not there, and for a bundle that is too large', async () => {
    await using absent = fetcherOf(`${host()}/team/greeting:absent`);
    await expect(absent.fetch(undefined, signal)).rejects.toThrow('Push it, or correct the reference.');
    await pushBundle(`${host()}/team/greeting:large`, { bytes: new Uint8Array(2_000) }, { signal });
    await using large = fetcherOf(`${host()}/team/greeting:large`, { size_limit_bytes: 1_999 });
    await expect(large.fetch(undefined, signal)).rejects.toThrow('raise size_limit_bytes');
    await using enough = fetcherOf(`${host()}/team/greeting:large`, { size_limit_bytes: 2_000 });
    expect(archiveOf(await enough.fetch(undefined, signal))).toHaveLength(2_000);
  });

  test('a bundle that was pushed, and one that was approved, is pulled by a real OPA', async () => {
    const reference = `${host()}/team/greeting:opa`;
    await pushBundle(reference, { bytes: bundle }, { signal });
    await addApproval(reference, { jws: APPROVAL }, { signal });
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-opa-oci-'));
    const configuration = join(folder, 'opa.json');
    const services = { registry: { url: `http://${host()}`, type: 'oci' } };
    const bundles = { greeting: { service: 'registry', resource: reference } };
    await writeFile(
      configuration,
      JSON.stringify({ services, bundles, persistence_directory: join(folder, 'kept') }),
    );
    const opa = spawn(OPA, ['run', '--server', '--addr', '127.0.0.1:0', '-c', configuration], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      let said = '';
      opa.stderr.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      await expect.poll(() => said, { timeout: 30_000 }).toMatch(/Bundle loaded and activated successfully/);
    } finally {
      opa.kill('SIGKILL');
      await once(opa, 'exit');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('a registry that wants a name and a password', () => {
  test('is shown those of the environment, for pull and for push', async () => {
    const guarded = await startRegistry({ htpasswd: HTPASSWD });
    if (typeof guarded === 'string') throw new Error(guarded);
    await using _guarded = guarded;
    const reference = `${guarded.host}/team/greeting:v1`;
    const credential = { username: 'agent', password: 'secret' };
    await expect(pushBundle(reference, { bytes: bundle }, { signal })).rejects.toThrow('may push');
    const { digest } = await pushBundle(reference, { bytes: bundle }, { signal, credential });
    const more = { username: { env: 'NAME' }, password: { env: 'PASSWORD' } };
    await using fetcher = fetcherOf(reference, more, { NAME: 'agent', PASSWORD: 'secret' });
    expect(versionOf(await fetcher.fetch(undefined, signal))).toBe(digest);
    await using wrong = fetcherOf(reference, more, { NAME: 'agent', PASSWORD: 'wrong' });
    await expect(wrong.fetch(undefined, signal)).rejects.toThrow('Set `username` and `password`');
    await using unset = fetcherOf(reference, more, { NAME: 'agent' });
    await expect(unset.fetch(undefined, signal)).rejects.toThrow('PASSWORD is not set');
    await using anonymous = fetcherOf(reference);
    await expect(anonymous.fetch(undefined, signal)).rejects.toThrow('refuses the credential');
  });
});

describe('a registry with a token service', () => {
  const more = { username: { env: 'NAME' }, password: { env: 'PASSWORD' } };
  const environment = { NAME: 'agent', PASSWORD: 'secret' };

  test('gets tokens, its service the password, and neither gets the other', async () => {
    const { digest } = await pushBundle(`${host()}/team/greeting:token`, { bytes: bundle }, { signal });
    await using service = await serve((_request, response) =>
      response.end(JSON.stringify({ token: 'pull-token', expires_in: 300 })),
    );
    const challenge = `Bearer realm="http://${service.host}/token",service="reg,istry",scope="repository:other:*"`;
    await using front = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer pull-token') return handOn(request, response, host());
      return response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    await using fetcher = fetcherOf(`${front.host}/team/greeting:token`, more, environment);
    expect(archiveOf(await fetcher.fetch(undefined, signal))).toEqual(bundle);
    const basic = `Basic ${Buffer.from('agent:secret').toString('base64')}`;
    expect(service.asked.map(({ what }) => what)).toEqual(
      ['/token?service=reg%2Cistry&scope=repository%3Ateam%2Fgreeting%3Apull'].map((path) => `GET ${path}`),
    );
    expect(service.asked.map(({ headers }) => headers.authorization)).toEqual([basic]);
    expect(front.asked.map(({ headers }) => headers.authorization)).not.toContain(basic);
    const before = front.asked.length;
    expect(await fetcher.fetch(digest, signal)).toEqual({ kind: 'unchanged' });
    expect(front.asked.length - before, 'a token is kept for its life').toBe(1);
  });

  test('that runs out asks for a new token, and a refused one is not asked for without end', async () => {
    await pushBundle(`${host()}/team/greeting:expired`, { bytes: bundle }, { signal });
    let issued = 0;
    await using service = await serve((_request, response) => {
      issued += 1;
      response.end(JSON.stringify({ access_token: `token-${issued}`, expires_in: 0 }));
    });
    const challenge = { 'www-authenticate': `Bearer realm="http://${service.host}/token"` };
    let accepts = true;
    await using front = await serve((request, response) => {
      const isShown = request.headers.authorization === `Bearer token-${issued}`;
      if (accepts && isShown) return handOn(request, response, host());
      return response.writeHead(401, challenge).end();
    });
    await using fetcher = fetcherOf(`${front.host}/team/greeting:expired`);
    expect(archiveOf(await fetcher.fetch(undefined, signal))).toEqual(bundle);
    accepts = false;
    const before = front.asked.length;
    await expect(fetcher.fetch('sha256:other', signal)).rejects.toThrow('refuses the credential');
    expect(front.asked.length - before).toBe(2);
  });

  test.each([
    ['plain HTTP elsewhere', 'http://registry.example/token'],
    ['an address of the metadata service', 'https://169.254.169.254/token'],
    ['an address of a private network', 'https://10.0.0.1/token'],
    ['no address', 'nowhere'],
    ['a file', 'file:///etc/passwd'],
  ])('that is at %s is not asked, and gets no password', async (_what, realm) => {
    await using front = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end(),
    );
    await using fetcher = fetcherOf(`${front.host}/team/greeting:v1`, more, environment);
    await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
    expect(front.asked).toHaveLength(1);
  });
});
