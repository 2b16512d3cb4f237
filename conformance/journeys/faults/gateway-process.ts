import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { ENGINE, lendVerdicts, shareVerdicts } from '../test-engine.ts';
import { processTree, type Started, until } from './processes.ts';

const CLI = fileURLToPath(new URL('../../../packages/gateway/src/cli.ts', import.meta.url));

const COMPILED = fileURLToPath(new URL('../../../.cache/compiled', import.meta.url));

/** The small company’s policy. */
export const POLICY = fileURLToPath(new URL('policy', import.meta.url));

const keyOf = (name: string) => `blf_${name.padEnd(43, '0')}`;

/** Its keys: the clerk’s, somebody else’s, an operator’s, and one that an OPA elsewhere pulls its bundle with. */
export const KEYS = {
  clerk: keyOf('faults_clerk_'),
  stranger: keyOf('faults_stranger_'),
  operator: keyOf('faults_operator_'),
  puller: keyOf('faults_puller_'),
} as const;

const API_KEYS = [
  { id: 'clerk', sha256: hash('sha256', KEYS.clerk), agent: 'clerk', agent_version: '1.0.0', user: 'ida' },
  { id: 'stranger', sha256: hash('sha256', KEYS.stranger), agent: 'stranger', agent_version: '1.0.0' },
  { id: 'operator', sha256: hash('sha256', KEYS.operator), agent: 'clerk', permissions: ['operator'] },
  { id: 'puller', sha256: hash('sha256', KEYS.puller), agent: 'clerk', permissions: ['pull_bundle'] },
];

/** A copy of the small company’s policy below `folder`, with these files changed; gives where it stands. */
export async function copyOfPolicy(
  folder: string,
  changes: Readonly<Record<string, (text: string) => string>>,
): Promise<string> {
  const copy = join(folder, 'policy');
  await cp(POLICY, copy, { recursive: true });
  for (const [path, change] of Object.entries(changes)) {
    const file = join(copy, path);
    await writeFile(file, change(await readFile(file, 'utf8')));
  }
  return copy;
}

/** A folder that is gone when it is disposed of. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'bailiff-fault-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface GatewayOptions {
  /** Sections of the configuration, laid over the small company’s. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Where the server `desk` is. */
  readonly upstream: string;
  /** A folder to keep; one of its own, gone with it, when absent. The record is in `data` below it. */
  readonly folder?: string;
  readonly opa?: string;
  /** It knows nothing of what other gateways found of the release. */
  readonly isFirst?: boolean;
  /** Called as soon as there is a process, long before it listens. */
  readonly onSpawn?: (pid: number) => void;
  /** What runs the command, if not the command itself. */
  readonly through?: (command: readonly string[], folder: string) => readonly string[];
}

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
/** The first gateway with a release on the embedded engine has compared it with OPA by then. */
const READY_TIMEOUT_MS = 150_000;

/** Writes the configuration of the small company’s gateway. */
export async function writeConfiguration(
  folder: string,
  { configuration = {}, upstream }: GatewayOptions,
): Promise<string> {
  const file = join(folder, 'bailiff.yaml');
  const whole = {
    listen: { port: 0 },
    data_dir: 'data',
    policy: { directory: POLICY },
    servers: { desk: { transport: 'http', url: upstream } },
    identity: { api_keys: API_KEYS },
    ...configuration,
    engine: { kind: ENGINE, ...(configuration.engine as object | undefined) },
  };
  await writeFile(file, JSON.stringify(whole));
  return file;
}

/** `bailiff start` as a process of its own, that can be killed. */
export class GatewayProcess implements AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #keepsFolder: boolean;
  readonly #said: () => string;

  private constructor(
    child: ChildProcess,
    facts: { folder: string; keepsFolder: boolean; url: string; said: () => string },
  ) {
    this.#child = child;
    this.folder = facts.folder;
    this.url = facts.url;
    this.#keepsFolder = facts.keepsFolder;
    this.#said = facts.said;
  }

  /** Resolves once it listens. @throws Error with what it said when it ends before. */
  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const folder = options.folder ?? (await temporaryFolder()).path;
    const file = await writeConfiguration(folder, options);
    if (options.isFirst !== true) await lendVerdicts(join(folder, 'data'));
    const command = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      CLI,
      'start',
      '--config',
      file,
    ];
    const [program = '', ...args] = options.through?.(command, folder) ?? command;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        BAILIFF_OPA: options.opa ?? opaExecutable(),
        NODE_COMPILE_CACHE: COMPILED, // Many gateways are started; compiling them each time would be most of that.
      },
    });
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    let printed = '';
    let complained = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complained += text;
    });
    const urlIn = () => /listens on (http:\S+)\n/.exec(printed)?.[1];
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    try {
      await until('the gateway listens', () => urlIn() !== undefined || hasEnded(), START_TIMEOUT_MS);
    } catch (thrown) {
      child.kill('SIGKILL');
      throw thrown;
    }
    const url = urlIn();
    if (url === undefined) {
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
      throw new Error(`the gateway ended with ${child.exitCode ?? child.signalCode}: ${complained}`);
    }
    const keepsFolder = options.folder !== undefined;
    return new GatewayProcess(child, { folder, keepsFolder, url, said: () => complained });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All it has written to its log. */
  get said(): string {
    return this.#said();
  }

  /** Path of the record. */
  get record(): string {
    return join(this.folder, 'data', 'decisions.db');
  }

  /** It and everything it started. */
  processes(): Started[] {
    return processTree(this.pid);
  }

  /** The OPA that it manages. */
  opa(): Started | undefined {
    return this.processes().find(({ command }) => /opa run --server/.test(command));
  }

  /** The same, once there is one: what was killed is back in a moment, and what is told of it a little older. */
  async runningOpa(): Promise<Started> {
    await until('OPA runs', () => this.opa() !== undefined);
    const opa = this.opa();
    if (opa === undefined) throw new Error('OPA ended as soon as it ran');
    return opa;
  }

  /** The HTTP status of its readiness. */
  async readiness(): Promise<number> {
    const response = await fetch(`${this.url}/readyz`);
    await response.body?.cancel();
    return response.status;
  }

  /** @throws Error with what the gateway says is not ready, when it does not become so. */
  async whenReady(): Promise<this> {
    try {
      await until('the gateway is ready', async () => (await this.readiness()) === 200, READY_TIMEOUT_MS);
    } catch (cause) {
      const headers = { authorization: `Bearer ${KEYS.operator}` };
      const detail = await (await fetch(`${this.url}/readyz`, { headers })).text();
      throw new Error(`the gateway is not ready: ${detail}`, { cause });
    }
    await shareVerdicts(join(this.folder, 'data'));
    return this;
  }

  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Asks it to stop. @throws Error when it does not. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGTERM');
    await until('the gateway stops when asked to', () => this.#hasEnded, STOP_TIMEOUT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.kill();
      if (!this.#keepsFolder) await rm(this.folder, { recursive: true, force: true });
    }
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
