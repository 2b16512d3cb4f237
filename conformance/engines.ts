import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '@bailiff/contract';
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
  /** Loads the kernel and these Rego files, text by path, without any base data. */
  openModules(modules: ReadonlyMap<string, string>): Promise<SwitchableEngine>;
  /** Loads a release as it ships, an OPA bundle. */
  openBundle(bundle: Uint8Array): Promise<OpenEngine>;
}

/** The reference: what policy means is what OPA makes of it. */
const opa: CaseEngine = {
  name: 'opa',
  openModules: (modules) =>
    withFiles(modules, async (directory) => {
      const files = [...modules.keys()].map((path) => join(directory, path));
      return new LiveOpa(await OpaServer.start([...kernelFiles(), ...files]));
    }),
  openBundle: (bundle) =>
    withFiles(new Map([['release.tar.gz', bundle]]), async (directory) => {
      return new LiveOpa(await OpaServer.start(['--bundle', join(directory, 'release.tar.gz')]));
    }),
};

export const ENGINES: readonly CaseEngine[] = [opa];

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
