import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Release } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { type ActiveRelease, createActiveRelease } from './active-release.ts';
import { createBundleEndpoint, waitSecondsOf } from './bundle-endpoint.ts';
import { buildSample, OPA } from './testing/sample-release.ts';

const { release: A } = await buildSample();
const { release: B } = await buildSample({ 'compliance/data.yaml': 'rows_max: 51\n' });
const never = new AbortController().signal;

function activeWith(...releases: readonly Release[]): ActiveRelease {
  const active = createActiveRelease({ clock: () => 0 });
  for (const release of releases) active.activate(release);
  return active;
}

/** The tag that the endpoint gives a release. */
async function tagOf(release: Release): Promise<string> {
  const endpoint = createBundleEndpoint(activeWith(release));
  return (await endpoint({ ifNoneMatch: undefined, waitSeconds: 0 }, never)).headers.etag ?? '';
}

describe('the bundle endpoint', () => {
  test('gives the bundle to an engine that has none or another', async () => {
    const endpoint = createBundleEndpoint(activeWith(A));
    for (const ifNoneMatch of [undefined, '', '"other"', await tagOf(B)]) {
      const { status, headers, body } = await endpoint({ ifNoneMatch, waitSeconds: 30 }, never);
      expect([status, body]).toEqual([200, A.bundle]);
      expect(headers).toMatchObject({
        'content-type': 'application/vnd.openpolicyagent.bundles',
        'content-length': String(A.bundle.length),
      });
    }
  });

  test('says at once that nothing changed to an engine that does not wait', async () => {
    const endpoint = createBundleEndpoint(activeWith(A));
    for (const ifNoneMatch of [await tagOf(A), `"x", W/${await tagOf(A)}`]) {
      const { status, headers, body } = await endpoint({ ifNoneMatch, waitSeconds: 0 }, never);
      expect([status, body.length, headers.etag]).toEqual([304, 0, await tagOf(A)]);
    }
  });

  test('says that nothing changed once the wait is over', async () => {
    const endpoint = createBundleEndpoint(activeWith(A));
    const { status } = await endpoint({ ifNoneMatch: await tagOf(A), waitSeconds: 0.01 }, never);
    expect(status).toBe(304);
  });

  test('wakes an engine that waits as soon as there is another release', async () => {
    const active = activeWith(A);
    const waiting = createBundleEndpoint(active)({ ifNoneMatch: await tagOf(A), waitSeconds: 30 }, never);
    active.activate(B);
    expect(await waiting).toMatchObject({ status: 200, body: B.bundle });
  });

  test('wakes an engine that came before the first release, and else asks it to come back', async () => {
    const active = activeWith();
    const endpoint = createBundleEndpoint(active, { firstWaitSeconds: 0.01 });
    expect(await endpoint({ ifNoneMatch: undefined, waitSeconds: 0 }, never)).toMatchObject({ status: 503 });
    const waiting = endpoint({ ifNoneMatch: undefined, waitSeconds: 30 }, never);
    active.activate(A);
    expect(await waiting).toMatchObject({ status: 200, body: A.bundle });
  });

  test('holds an engine that would not wait while the first release is on its way', async () => {
    const active = activeWith();
    const waiting = createBundleEndpoint(active)({ ifNoneMatch: undefined, waitSeconds: 0 }, never);
    active.activate(A);
    expect(await waiting).toMatchObject({ status: 200, body: A.bundle });
  });

  test('gives back a release that was left and became current again', async () => {
    const active = activeWith(A, B, A);
    expect(
      await createBundleEndpoint(active)({ ifNoneMatch: await tagOf(B), waitSeconds: 0 }, never),
    ).toMatchObject({
      status: 200,
      body: A.bundle,
    });
  });

  test('ends when the engine leaves', async () => {
    const stop = new AbortController();
    const endpoint = createBundleEndpoint(activeWith(A));
    const waiting = endpoint({ ifNoneMatch: await tagOf(A), waitSeconds: 30 }, stop.signal);
    stop.abort();
    expect(await waiting).toMatchObject({ status: 503 });
  });

  test('lets only so many engines wait', async () => {
    const active = activeWith(A);
    const endpoint = createBundleEndpoint(active, { waitingMax: 1 });
    const asked = { ifNoneMatch: await tagOf(A), waitSeconds: 30 };
    const first = endpoint(asked, never);
    expect(await endpoint(asked, never)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    active.activate(B);
    expect(await first).toMatchObject({ status: 200 });
  });
});

test.each([
  [undefined, 0],
  ['', 0],
  ['modes=snapshot,delta;wait=30', 30],
  ['wait=5', 5],
  ['respond-async, wait=7', 7],
  ['wait="8"', 8],
  ['await=9', 0],
  ['wait=-1', 0],
  ['wait=1e3', 0],
  ['wait=999999', 120],
])('of %j an engine waits %i seconds', (prefer, seconds) => {
  expect(waitSecondsOf(prefer)).toBe(seconds);
});

/** A real OPA that pulls its bundle from an endpoint over HTTP. */
class PullingOpa implements AsyncDisposable {
  /** Status of each answer that it got, in order. */
  readonly statuses: number[] = [];
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #close: () => void;

  private constructor(folder: string, child: ChildProcess, close: () => void) {
    this.#folder = folder;
    this.#child = child;
    this.#close = close;
  }

  static async start(active: ActiveRelease): Promise<PullingOpa> {
    const endpoint = createBundleEndpoint(active);
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-opa-'));
    let opa: PullingOpa | undefined;
    const server = createServer(async ({ headers }, response) => {
      const left = new AbortController();
      response.on('close', () => left.abort());
      const ifNoneMatch = headers['if-none-match'];
      const waitSeconds = waitSecondsOf(headers.prefer as string | undefined);
      const answer = await endpoint({ ifNoneMatch, waitSeconds }, left.signal);
      opa?.statuses.push(answer.status);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const polling = { long_polling_timeout_seconds: 1 };
    const configuration = {
      services: { gateway: { url } },
      bundles: { release: { service: 'gateway', resource: 'bundle', polling } },
    };
    await writeFile(join(folder, 'opa.json'), JSON.stringify(configuration));
    const args = [
      'run',
      '--server',
      '--addr',
      `unix://${folder}/opa.sock`,
      '--config-file',
      join(folder, 'opa.json'),
    ];
    const child = spawn(OPA, [...args, '--log-level', 'error'], { stdio: 'ignore' });
    opa = new PullingOpa(folder, child, () => {
      server.closeAllConnections();
      server.close();
    });
    return opa;
  }

  /** The revision that it decides by; empty while it has none. */
  async revision(): Promise<string> {
    const options = {
      socketPath: `${this.#folder}/opa.sock`,
      path: '/v1/data/release/policy_version?provenance=true',
    };
    const body = await new Promise<string>((resolve) => {
      const asked = request(options, (response) => resolve(text(response)));
      asked.on('error', () => resolve('{}'));
      asked.end();
    });
    const { provenance } = JSON.parse(body) as {
      provenance?: { bundles?: { release?: { revision?: string } } };
    };
    return provenance?.bundles?.release?.revision ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
    this.#close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

test('a real OPA takes the release, goes on waiting when nothing changes, and switches at once when something does', async () => {
  const active = activeWith(A);
  await using opa = await PullingOpa.start(active);
  await expect.poll(() => opa.revision(), { timeout: 20_000 }).toBe(A.policyVersion);
  // Two waits of a second end unchanged; an OPA that had fallen back to plain polling would not ask again for a minute.
  await expect.poll(() => opa.statuses, { timeout: 20_000 }).toEqual([200, 304, 304]);
  active.activate(B);
  await expect.poll(() => opa.revision(), { timeout: 20_000, interval: 5 }).toBe(B.policyVersion);
  expect(opa.statuses.filter((status) => status === 200)).toHaveLength(2);
  active.activate(A);
  await expect.poll(() => opa.revision(), { timeout: 20_000, interval: 5 }).toBe(A.policyVersion);
});

test('a real OPA that starts before the first release takes it when it comes', async () => {
  const active = activeWith();
  await using opa = await PullingOpa.start(active);
  await expect.poll(() => opa.statuses.length, { timeout: 20_000 }).toBeGreaterThan(0);
  active.activate(A);
  await expect.poll(() => opa.revision(), { timeout: 20_000 }).toBe(A.policyVersion);
});
