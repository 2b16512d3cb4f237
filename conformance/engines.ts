import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@bailiff/contract';
import { OpaServer } from './opa-server.ts';
import type { ComposedRelease } from './synthetic-release.ts';

/** What an engine makes of an entrypoint. A failure, like an undefined result, is a denial outside. */
export type CaseEvaluation =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'failed'; readonly detail: string };

/** An engine that holds one release at a time. */
export interface OpenEngine extends AsyncDisposable {
  /** @throws Error when the engine refuses the release. */
  activate(release: ComposedRelease): Promise<void>;
  /** `entrypoint` as `decision`. */
  evaluate(entrypoint: string, input: Json): Promise<CaseEvaluation>;
}

/** What every case is held against. An engine that is added here has to agree with all of them. */
export interface CaseEngine {
  readonly name: string;
  open(): Promise<OpenEngine>;
  /** The same for a release as it is built and shipped, an OPA bundle. */
  openBundle(bundle: Uint8Array): Promise<Omit<OpenEngine, 'activate'>>;
}

/** The reference: what policy means is what OPA makes of it. */
const opa: CaseEngine = {
  name: 'opa',
  open: async () => new LiveOpa(await OpaServer.start()),
  openBundle: async (bundle) => {
    const directory = await mkdtemp(join(tmpdir(), 'release-'));
    try {
      const file = join(directory, 'release.tar.gz');
      await writeFile(file, bundle);
      return new LiveOpa(await OpaServer.start(['--bundle', file]));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

export const ENGINES: readonly CaseEngine[] = [opa];

class LiveOpa implements OpenEngine {
  readonly #server: OpaServer;
  #modules: ReadonlyMap<string, string> = new Map();

  constructor(server: OpaServer) {
    this.#server = server;
  }

  async activate({ modules, data }: ComposedRelease): Promise<void> {
    const policy = (path: string) => `/v1/policies/${encodeURIComponent(path)}`;
    const held = this.#modules;
    this.#modules = new Map(); // a release that is refused half way is written anew
    for (const path of held.keys()) if (!modules.has(path)) await this.#server.demand('DELETE', policy(path));
    for (const [path, text] of modules) {
      if (held.get(path) !== text) await this.#server.demand('PUT', policy(path), text);
    }
    for (const root of ['release', 'policy', 'servers', 'subagents', 'teams']) {
      await this.#server.demand('PUT', `/v1/data/${root}`, data[root] ?? {});
    }
    this.#modules = modules;
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
