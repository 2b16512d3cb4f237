import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FetchedContent } from '../distribution/delivery/bundle-fetcher.ts';
import type { LastGood, LastGoodCopy } from '../distribution/delivery/followed-source.ts';
import { unavailable } from './bundle-sources/unavailable.ts';

/** Folder below `data_dir`. */
export const LAST_GOOD_FOLDER = 'bundles';

/** Largest file that is read: the largest bundle that a source may have, and what is written before it. */
const COPY_BYTES_MAX = 553_648_128;
const HEADER_BYTES_MAX = 8_388_608;

/** What stands before a copy’s bytes. Files are named in the order of their bytes. */
const Header = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  version: z.string(),
  approvals: z.array(z.string()),
  at: z.number(),
  kind: z.enum(['archive', 'files']),
  files: z.array(z.tuple([z.string(), z.int().min(0)])),
});

const Confirmed = z.strictObject({ version: z.string(), at: z.number() });

/**
 * Copies of bundles in one folder, a file for each: SHA-256 of the rest, a line of JSON, the bytes. A file appears whole or not at
 * all, and one that is not as it was written is dropped. One object for a folder: it does one thing after the other.
 */
export class LastGoodBundles implements LastGood {
  readonly #directory: string;
  #turn: Promise<unknown> = Promise.resolve();

  /** `directory` is made when something is kept. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  find(name: string): Promise<LastGoodCopy | undefined> {
    return this.#inTurn(async () => {
      const path = this.#pathOf(name);
      const bytes = await bytesOf(path);
      if (bytes === undefined) return undefined;
      const copy = copyFrom(bytes, name);
      if (copy === undefined) {
        await this.#remove(name);
        throw unavailable(
          `The copy of ${name} on disk was damaged and has been dropped.`,
          'It is fetched anew; look at the disk if this happens again.',
        );
      }
      const confirmed = await this.#confirmed(name);
      const isConfirmed = confirmed?.version === copy.version && confirmed.at > copy.at;
      return isConfirmed ? { ...copy, at: confirmed.at } : copy;
    });
  }

  keep(name: string, copy: LastGoodCopy): Promise<void> {
    return this.#inTurn(() => this.#write(this.#pathOf(name), partsOf(name, copy)));
  }

  confirm(name: string, version: string, at: number): Promise<void> {
    return this.#inTurn(async () => {
      const text = JSON.stringify({ version, at });
      await this.#write(this.#confirmedPathOf(name), [new TextEncoder().encode(text)]);
    });
  }

  drop(name: string): Promise<void> {
    return this.#inTurn(() => this.#remove(name));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // Told to whoever asked; the next one has its turn all the same.
    return done;
  }

  async #remove(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true });
    await rm(this.#confirmedPathOf(name), { force: true });
  }

  async #confirmed(name: string) {
    const text = await readFile(this.#confirmedPathOf(name), 'utf8').catch(() => 'null');
    try {
      return Confirmed.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined; // then the copy is as old as when it was written
    }
  }

  async #write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const draft = `${path}.draft`;
    {
      await using file = await open(draft, 'w', 0o600);
      for (const part of parts) await file.writeFile(part);
      await file.sync(); // Else a power failure after the renaming may leave an empty file.
    }
    await rename(draft, path);
    await using folder = await open(this.#directory, 'r');
    await folder.sync();
  }

  /** Names hold slashes, which the encoding takes out; it leaves no name that means another folder. */
  #pathOf(name: string): string {
    return join(this.#directory, `${encodeURIComponent(name)}.bundle`);
  }

  #confirmedPathOf(name: string): string {
    return join(this.#directory, `${encodeURIComponent(name)}.confirmed`);
  }
}

/** Bytes of a file; none that no copy has for one that is too long; undefined when there is no file. */
async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    return size > COPY_BYTES_MAX ? new Uint8Array() : await readFile(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function partsOf(name: string, { content, version, approvals, at }: LastGoodCopy): Uint8Array[] {
  const files: [string, Uint8Array][] =
    content.kind === 'archive' ? [['', content.bytes]] : [...content.files.entries()];
  const header: z.infer<typeof Header> = {
    format: 1,
    name,
    version,
    approvals: [...approvals],
    at,
    kind: content.kind,
    files: files.map(([path, bytes]) => [path, bytes.length]),
  };
  const rest = [new TextEncoder().encode(`${JSON.stringify(header)}\n`), ...files.map(([, bytes]) => bytes)];
  const hash = createHash('sha256');
  for (const part of rest) hash.update(part);
  return [new TextEncoder().encode(`${hash.digest('hex')}\n`), ...rest];
}

const DIGEST_LENGTH = 65;

/** The copy that bytes hold; undefined when they are not as they were written. */
function copyFrom(bytes: Uint8Array, name: string): LastGoodCopy | undefined {
  const rest = bytes.subarray(DIGEST_LENGTH);
  const told = Buffer.from(bytes.subarray(0, DIGEST_LENGTH)).toString('latin1');
  if (told !== `${createHash('sha256').update(rest).digest('hex')}\n`) return undefined;
  const end = rest.indexOf(0x0a);
  if (end < 0 || end > HEADER_BYTES_MAX) return undefined;
  const header = headerFrom(Buffer.from(rest.subarray(0, end)).toString());
  if (header === undefined || header.name !== name) return undefined;
  const content = contentFrom(header, rest.subarray(end + 1));
  const { version, approvals, at } = header;
  return content === undefined ? undefined : { content, version, approvals, at };
}

function headerFrom(text: string): z.infer<typeof Header> | undefined {
  try {
    return Header.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function contentFrom({ kind, files }: z.infer<typeof Header>, bytes: Uint8Array): FetchedContent | undefined {
  const read = new Map<string, Uint8Array>();
  let offset = 0;
  for (const [path, length] of files) {
    read.set(path, bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== bytes.length || read.size !== files.length) return undefined;
  if (kind === 'files') return { kind, files: read };
  const archive = read.get('');
  return archive === undefined ? undefined : { kind, bytes: archive };
}
