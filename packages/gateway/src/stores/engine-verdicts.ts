import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** What was found of the embedded engine for one release, one engine and one OPA. */
export const EngineVerdict = z.strictObject({
  kind: z.enum(['admitted', 'refused']),
  at: z.string(),
  /** Evaluations that were compared with OPA’s. */
  compared: z.int().min(0),
  detail: z.string(),
});
export type EngineVerdict = z.infer<typeof EngineVerdict>;

const Verdicts = z.record(z.string(), EngineVerdict);

/** Releases that are remembered; the oldest go. */
const KEPT_MAX = 50;
const FILE = 'engine-verdicts.json';

/** Verdicts of this installation, so that a restart need not compare the same again. A file that cannot be read holds none. */
export class EngineVerdicts {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, FILE);
  }

  async find(key: string): Promise<EngineVerdict | undefined> {
    return (await this.#read())[key];
  }

  async keep(key: string, verdict: EngineVerdict): Promise<void> {
    const { [key]: _replaced, ...others } = await this.#read();
    const kept = [...Object.entries(others), [key, verdict] as const].slice(-KEPT_MAX);
    await mkdir(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.${process.pid}`;
    await writeFile(draft, JSON.stringify(Object.fromEntries(kept), null, 2), { mode: 0o600 });
    await rename(draft, this.#path);
  }

  async #read(): Promise<Readonly<Record<string, EngineVerdict>>> {
    try {
      return Verdicts.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      return {}; // Comparing again is all that is lost.
    }
  }
}
