import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Json, JsonObject } from '@bailiff/contract';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';
import { openEmbedded, openEmbeddedBundle } from './embedded-engine.ts';
import { kernelFiles } from './kernel-files.ts';
import { OpaServer } from './opa-server.ts';

/** What an engine makes of an entrypoint. A failure, like an undefined result, is a denial outside. */
export type CaseEvaluation =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'failed'; readonly detail: string };

/** An engine with policy loaded. */
export interface OpenEngine extends AsyncDisposable {
  /** `entrypoint` as `decision`. */
  evaluate(entrypoint: string, input: Json): Promise<CaseEvaluation>;
}

/** An engine whose base data can be switched. */
export interface SwitchableEngine extends OpenEngine {
  /** Replaces the base data of a release: everything below `release`, `policy`, `teams`, `servers` and `subagents`. */
  switchTo(data: JsonObject): Promise<void>;
}

/** What every case is held against. An engine that is added to the list has to agree with all of them. */
export interface CaseEngine {
  readonly name: string;
  /** Files of the cases it is held to. */
  readonly cases: RegExp;
  /** Loads the kernel and these Rego files, text by path, without any base data. */
  openModules(modules: ReadonlyMap<string, string>): Promise<SwitchableEngine>;
  /** Loads a release as it ships, an OPA bundle. */
  openBundle(bundle: Uint8Array): Promise<OpenEngine>;
}

/** The reference: what policy means is what OPA makes of it. */
const opa: CaseEngine = {
  name: 'opa run',
  cases: /./,
  openModules: (modules) =>
    withFiles(modules, async (directory) => {
      const files = [...modules.keys()].map((path) => join(directory, path));
      return new LiveOpa(await OpaServer.start([...kernelFiles(), ...files]));
    }),
  openBundle: (bundle) =>
    withFiles(new Map([[BUNDLE, bundle]]), async (directory) => {
      return new LiveOpa(await OpaServer.start(['--bundle', join(directory, BUNDLE)]));
    }),
};

/** OPA as anybody can run it over a release, without a server or a gateway. Each evaluation is a process, so few cases. */
const plainOpa: CaseEngine = {
  name: 'opa eval',
  cases: /^(answers|acme\/servers)\//,
  openModules: async (modules) =>
    new PlainOpa([...kernelFiles().flatMap((file) => ['--data', file])], modules),
  openBundle: async (bundle) => new PlainOpa(['--bundle', BUNDLE], new Map([[BUNDLE, bundle]])),
};

/** OPA's own plan of the policy, run in this process. */
const embedded: CaseEngine = {
  name: 'the embedded engine',
  cases: /./,
  openModules: (modules) =>
    withFiles(modules, (directory) => {
      const files = [...modules.keys()].map((path) => join(directory, path));
      return openEmbedded(directory, [...kernelFiles(), ...files]);
    }),
  openBundle: (bundle) => openEmbeddedBundle(bundle),
};

export const ENGINES: readonly CaseEngine[] = [opa, plainOpa, embedded];

const BUNDLE = 'release.tar.gz';

/** Roots of base data that belong to a release. */
const ROOTS = ['release', 'policy', 'teams', 'servers', 'subagents'];

class LiveOpa implements SwitchableEngine {
  readonly #server: OpaServer;

  constructor(server: OpaServer) {
    this.#server = server;
  }

  async switchTo(data: JsonObject): Promise<void> {
    for (const root of ROOTS) await this.#server.demand('PUT', `/v1/data/${root}`, data[root] ?? {});
  }

  async evaluate(entrypoint: string, input: Json): Promise<CaseEvaluation> {
    const path = `/v1/data/bailiff/${entrypoint}?strict-builtin-errors=true`;
    const { status, body } = await this.#server.send('POST', path, { input });
    if (status !== 200) return { kind: 'failed', detail: body };
    const { result } = JSON.parse(body) as { result?: unknown };
    return result === undefined ? { kind: 'undefined' } : { kind: 'result', value: result };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

class PlainOpa implements SwitchableEngine {
  readonly #args: readonly string[];
  readonly #files: ReadonlyMap<string, string | Uint8Array>;
  #data: JsonObject | undefined;

  constructor(args: readonly string[], files: ReadonlyMap<string, string | Uint8Array>) {
    this.#args = args;
    this.#files = files;
  }

  async switchTo(data: JsonObject): Promise<void> {
    this.#data = data;
  }

  evaluate(entrypoint: string, input: Json): Promise<CaseEvaluation> {
    const own = new Map([...this.#files, ['input.json', JSON.stringify(input)]]);
    if (this.#data !== undefined) own.set('data.json', JSON.stringify(this.#data));
    const data = [...own.keys()].filter((path) => path.endsWith('.rego') || path === 'data.json');
    const options = ['--strict-builtin-errors', '--format', 'json', '--input', 'input.json'];
    const args = ['eval', ...options, ...this.#args, ...data.flatMap((path) => ['--data', path])];
    return withFiles(own, async (directory) => {
      const query = `data.bailiff.${entrypoint}`;
      const run = promisify(execFile)(opaExecutable(), [...args, query], { cwd: directory });
      const { stdout } = await run.catch((error: { stdout: string }) => error);
      const { result, errors } = JSON.parse(stdout) as EvalOutput;
      if (errors !== undefined) return { kind: 'failed', detail: JSON.stringify(errors) };
      const value = result?.[0]?.expressions[0]?.value;
      return value === undefined ? { kind: 'undefined' } : { kind: 'result', value };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** What `opa eval` prints. */
interface EvalOutput {
  readonly result?: readonly { readonly expressions: readonly { readonly value: unknown }[] }[];
  readonly errors?: unknown;
}

/** Writes files into a folder that lasts as long as `work` does: OPA has read them once it answers. */
async function withFiles<Result>(
  files: ReadonlyMap<string, string | Uint8Array>,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    for (const [path, content] of files) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
