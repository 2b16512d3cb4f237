import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { until } from './processes.ts';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A real OPA on a port of its own, with a configuration of its own, as operators run it beside gateways. */
export class ExternalOpa implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;

  readonly #url: string;

  private constructor(child: ChildProcess, { folder, url }: { folder: string; url: string }) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  /** Resolves once it answers, with or without a bundle. */
  static async start(port: number, configuration: object): Promise<ExternalOpa> {
    const folder = await mkdtemp(join(tmpdir(), 'external-opa-'));
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(configuration));
    const address = ['--addr', `127.0.0.1:${port}`];
    const child = spawn(
      opaExecutable(),
      ['run', '--server', ...address, '--config-file', file, '--log-level', 'error', '--skip-version-check'],
      { stdio: 'ignore' },
    );
    const opa = new ExternalOpa(child, { folder, url: `http://127.0.0.1:${port}` });
    await until('OPA answers', () => opa.#isHealthy('/health'));
    return opa;
  }

  /** Whether it has activated the bundle that it is configured for. */
  hasBundle(): Promise<boolean> {
    return this.#isHealthy('/health?bundles');
  }

  async #isHealthy(path: string): Promise<boolean> {
    try {
      const response = await fetch(this.#url + path);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Configuration of an OPA that has a release from a file. */
export const bundleOf = (file: string) => ({ bundles: { release: { resource: `file://${file}` } } });

/** Configuration of an OPA that pulls the release of a gateway with a key of its own. */
export const pulledFrom = (gateway: string, key: string) => ({
  services: { gateway: { url: gateway, credentials: { bearer: { token: key } } } },
  bundles: {
    release: {
      service: 'gateway',
      resource: 'v1/bundles/release.tar.gz',
      polling: { min_delay_seconds: 1, max_delay_seconds: 1 },
    },
  },
});
