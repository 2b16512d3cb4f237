import { mkdir, open, readFile, rename } from 'node:fs/promises';
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

/** Verdicts of each kind that are remembered; the oldest go. Admissions never push refusals out. */
export const VERDICTS_MAX = 50;
export const VERDICTS_FILE = 'engine-verdicts.json';

/**
 * Verdicts of this installation, so that a restart need not compare the same again, and what was refused once stays so.
 * One object for a folder: it does one thing after the other, so that no verdict is lost to another.
 */
export class EngineVerdicts {
  readonly #path: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#path = join(directory, VERDICTS_FILE);
  }

  /** What is kept, or is being kept, under a key; a verdict that cannot be read is none. */
  find(key: string): Promise<EngineVerdict | undefined> {
    return this.#inTurn(async () => (await this.#read()).get(key));
  }

  /** Resolves once it is durable. A refusal is never replaced. @throws what the file system says. */
  keep(key: string, verdict: EngineVerdict): Promise<void> {
    return this.#inTurn(async () => {
      const verdicts = await this.#read();
      if (verdicts.get(key)?.kind === 'refused') return;
      verdicts.delete(key);
      verdicts.set(key, verdict);
      await this.#write(verdicts);
    });
  }

  /** Resolves once everything that was to be kept is, or could not be. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // Told to whoever asked; the next one has its turn all the same.
    return done;
  }

  async #read(): Promise<Map<string, EngineVerdict>> {
    const read = await readFile(this.#path, 'utf8')
      .then((text): unknown => JSON.parse(text))
      .catch(() => undefined);
    const document = z.record(z.string(), z.unknown()).safeParse(read);
    const entries = document.success ? Object.entries(document.data) : [];
    // Entry by entry: one that cannot be read must not take refusals with it.
    return new Map(
      entries.flatMap(([key, value]) => {
        const verdict = EngineVerdict.safeParse(value);
        return verdict.success ? [[key, verdict.data] as const] : [];
      }),
    );
  }

  async #write(verdicts: ReadonlyMap<string, EngineVerdict>): Promise<void> {
    const kept = (['refused', 'admitted'] as const).flatMap((kind) =>
      [...verdicts].filter(([, verdict]) => verdict.kind === kind).slice(-VERDICTS_MAX),
    );
    await mkdir(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.${process.pid}`;
    {
      await using file = await open(draft, 'w', 0o600);
      await file.writeFile(JSON.stringify(Object.fromEntries(kept), null, 2));
      await file.sync(); // Else a power failure after the renaming may leave an empty file.
    }
    await rename(draft, this.#path);
  }
}
