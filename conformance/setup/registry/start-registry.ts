import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installRegistry } from './install-registry.ts';

/** A registry on loopback with nothing in it. */
export interface StartedRegistry extends AsyncDisposable {
  /** As `127.0.0.1:43211`. */
  readonly host: string;
}

export interface RegistryOptions {
  /** A line of an `htpasswd` file: then nobody is served without it. */
  readonly htpasswd?: string;
}

const START_TIMEOUT_MS = 30_000;
const SAID_CHARACTERS_MAX = 20_000;

/** Starts a registry; a text says why there is none on this machine. */
export async function startRegistry({ htpasswd }: RegistryOptions = {}): Promise<StartedRegistry | string> {
  const installed = await installRegistry();
  if (installed.kind === 'unavailable') return `There is no registry here: ${installed.why}`;
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-registry-'));
  const users = join(folder, 'htpasswd');
  if (htpasswd !== undefined) await writeFile(users, `${htpasswd}\n`);
  const auth = htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: users } } };
  const configuration = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'content') } },
    http: { addr: '127.0.0.1:0' },
    ...auth,
  };
  const file = join(folder, 'config.yml');
  await writeFile(file, JSON.stringify(configuration));
  const child = spawn(installed.path, ['serve', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, OTEL_TRACES_EXPORTER: 'none' },
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  const read = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_CHARACTERS_MAX);
    const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(said) ?? [];
    if (host !== undefined) resolve(host);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.once('error', reject);
  child.once('exit', () => reject(new Error(`The registry did not start: ${said.slice(-2_000)}`)));
  const timer = setTimeout(() => reject(new Error('The registry does not start.')), START_TIMEOUT_MS);
  try {
    return { host: await promise, [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}
