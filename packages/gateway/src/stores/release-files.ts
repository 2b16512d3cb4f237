import { hash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  Catalogue,
  Directory,
  Failure,
  type Release,
  ReleaseData,
  ReleaseNote,
  type ReleaseRule,
} from '@bailiff/contract';
import { z } from 'zod';
import {
  ACTIVATIONS_MAX,
  type DeliveryState,
  NOTHING_HAPPENED,
  type ReleaseStore,
  type ReleaseVector,
  type StoredRelease,
  type VectorPart,
} from '../distribution/releases/release-store.ts';

/** Releases that are kept; of more, those that were active longest ago go first. */
export const RELEASES_MAX = 100;

const STATE_FILE = 'state.json';
/** What it said before, for a disk that damages the other: what was taken back must not be forgotten. */
const STATE_COPY_FILE = 'state.copy.json';
const UNPACKED_BYTES_MAX = 1_073_741_824;

const happened = { at: z.string(), by: z.string(), reason: z.string() };
const taken = z.object({
  ...happened,
  digest: z.string(),
  kind: z.enum(['rolled_back', 'promoted', 'stopped']),
  policy_version: z.string(),
  meaning: z.string().optional(),
});
const unknown = { at: '', by: '', reason: '', kind: 'rolled_back', policy_version: '' } as const;

const State = z.object({
  activations: z
    .array(
      z.object({
        ...happened,
        policy_version: z.string(),
        kind: z.enum(['delivered', 'promoted', 'rolled_back', 'restored']),
      }),
    )
    .default([]),
  withdrawn: z
    // Another version of this gateway may have written digests alone.
    .record(z.string(), z.array(z.union([taken, z.string().transform((digest) => ({ digest, ...unknown }))])))
    .default({}),
  trials: z
    .array(
      z.object({ ...happened, policy_version: z.string(), kind: z.enum(['watch', 'canary', 'stopped']) }),
    )
    .default([]),
});

/**
 * Releases as files of this installation: one packed file each, which begins with the SHA-256 of what follows, a note beside it, and
 * what is in force. A file that was damaged is no release.
 */
export class ReleaseFiles implements ReleaseStore {
  readonly #directory: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = join(directory, 'releases');
  }

  keep(stored: StoredRelease): Promise<void> {
    return this.#inTurn(async () => {
      const file = fileNameOf(stored.release.policyVersion);
      const packed: Buffer = await promisify(gzip)(JSON.stringify(documentOf(stored)), { level: 1 });
      await this.#write(
        `${file}.release`,
        Buffer.concat([Buffer.from(`${hash('sha256', packed)}\n`), packed]),
      );
      await this.#write(`${file}.json`, JSON.stringify(stored.note));
      await this.#prune();
    });
  }

  async find(policyVersion: string): Promise<StoredRelease | undefined> {
    try {
      const bytes = await readFile(join(this.#directory, `${fileNameOf(policyVersion)}.release`));
      const packed = bytes.subarray(DIGEST_LENGTH + 1);
      if (hash('sha256', packed) !== bytes.toString('latin1', 0, DIGEST_LENGTH)) return undefined;
      const text: Buffer = await promisify(gunzip)(packed, { maxOutputLength: UNPACKED_BYTES_MAX });
      const stored = storedOf(JSON.parse(text.toString('utf8')) as StoredDocument);
      return stored.release.policyVersion === policyVersion ? stored : undefined;
    } catch {
      return undefined; // Absent or damaged: either way there is nothing that could decide.
    }
  }

  async notes(): Promise<readonly ReleaseNote[]> {
    const files = await this.#files();
    const notes: ReleaseNote[] = [];
    for (const file of files.filter(isNote)) {
      const note = await readFile(join(this.#directory, file), 'utf8')
        .then((text) => ReleaseNote.safeParse(JSON.parse(text)))
        .catch(() => undefined);
      if (note?.success) notes.push(note.data);
    }
    return notes.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  }

  async state(): Promise<DeliveryState> {
    let isThere = false;
    for (const name of [STATE_FILE, STATE_COPY_FILE]) {
      const state = await readFile(join(this.#directory, name), 'utf8')
        .then((text) => State.safeParse(JSON.parse(text)))
        .catch((thrown: unknown) => {
          isThere ||= !isMissing(thrown);
        });
      if (state?.success) return state.data;
      isThere ||= state !== undefined;
    }
    if (!isThere) return NOTHING_HAPPENED;
    // Without it what was taken back would be in force again.
    throw new Failure(
      'bundle_invalid',
      `What was in force and what was taken back cannot be read any more: ${STATE_FILE} and ${STATE_COPY_FILE} in ${this.#directory} are damaged. Restore the folder from a backup. To begin with what the sources have now, make sure that nothing is published that was rolled back, then move the folder away and start again.`,
    );
  }

  remember({ activations, trials, withdrawn }: DeliveryState): Promise<void> {
    const kept = JSON.stringify({
      activations: activations.slice(-ACTIVATIONS_MAX),
      trials: trials.slice(-ACTIVATIONS_MAX),
      withdrawn,
    });
    return this.#inTurn(async () => {
      await this.#write(STATE_FILE, kept);
      await this.#write(STATE_COPY_FILE, kept);
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Whole and durable, or as it was. */
  async #write(name: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.#directory, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}.draft`;
    try {
      await using file = await open(draft, 'w', 0o600);
      await file.writeFile(content);
      await file.sync();
    } catch (thrown) {
      await rm(draft, { force: true }).catch(() => undefined); // The disk is full: its remains would keep it so.
      throw thrown;
    }
    await rename(draft, path);
  }

  #files(): Promise<string[]> {
    return readdir(this.#directory).catch((): string[] => []);
  }

  async #prune(): Promise<void> {
    const [notes, state] = await Promise.all([this.notes(), this.state().catch(() => undefined)]);
    if (state === undefined) return; // Who knows what was in force.
    const { activations } = state;
    const lately = new Map(activations.map(({ policy_version }, position) => [policy_version, position]));
    const inOrder = notes
      .map(({ policy_version }, age) => ({ policy_version, rank: lately.get(policy_version) ?? -1, age }))
      .sort((a, b) => b.rank - a.rank || a.age - b.age);
    // The newest are not in force yet, so that they have no rank.
    const kept = new Set(notes.slice(0, 10).map(({ policy_version }) => policy_version));
    for (const { policy_version } of inOrder.slice(RELEASES_MAX)) {
      if (kept.has(policy_version)) continue;
      for (const ending of ['release', 'json'])
        await rm(join(this.#directory, `${fileNameOf(policy_version)}.${ending}`), { force: true });
    }
    await this.#pruneRemains();
  }

  /** What a process that was killed left: drafts, and releases that nothing tells of. */
  async #pruneRemains(): Promise<void> {
    const files = new Set(await this.#files());
    for (const file of files) {
      const hasNote = file.endsWith('.release') && files.has(file.replace(/release$/, 'json'));
      if (file.endsWith('.draft') || (file.endsWith('.release') && !hasNote))
        await rm(join(this.#directory, file), { force: true });
    }
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}

function isNote(file: string): boolean {
  return file.endsWith('.json') && file !== STATE_FILE && file !== STATE_COPY_FILE;
}

const DIGEST_LENGTH = 64;

type FilesDocument = Readonly<Record<string, string>>;

interface StoredDocument {
  readonly note: ReleaseNote;
  readonly madeWith: string;
  readonly release: Omit<Release, 'rules' | 'bundle' | 'data'> & {
    readonly data: ReleaseData;
    readonly rules: readonly ReleaseRule[];
    readonly bundle: string;
  };
  readonly vector: {
    readonly registry: FilesDocument;
    readonly parts: Readonly<
      Record<string, { readonly files: FilesDocument; readonly place: string; readonly author: string }>
    >;
  };
}

/** A file’s name must hold no character that some file system takes for something else. */
function fileNameOf(policyVersion: string): string {
  return encodeURIComponent(policyVersion).replaceAll('%', '_');
}

function documentOf({ release, note, vector, madeWith }: StoredRelease): StoredDocument {
  const { rules, bundle, ...rest } = release;
  return {
    note,
    madeWith,
    release: { ...rest, rules: [...rules.values()], bundle: Buffer.from(bundle).toString('base64') },
    vector: {
      registry: encoded(vector.registry),
      parts: Object.fromEntries(
        [...vector.parts].map(([name, { files, place, author }]) => [
          name,
          { files: encoded(files), place, author },
        ]),
      ),
    },
  };
}

function storedOf({ note, release, vector, madeWith }: StoredDocument): StoredRelease {
  const { rules, bundle, catalogue, directory, ...rest } = release;
  const parts = Object.entries(vector.parts).map(([name, part]): [string, VectorPart] => [
    name,
    { ...part, files: decoded(part.files) },
  ]);
  const read: ReleaseVector = { registry: decoded(vector.registry), parts: new Map(parts) };
  return {
    note: ReleaseNote.parse(note),
    madeWith,
    release: {
      ...rest,
      // Another version of this gateway may have written them: a later one what this one knows nothing of.
      catalogue: Catalogue.parse(catalogue),
      directory: Directory.parse(directory),
      data: ReleaseData.loose().parse(rest.data),
      rules: new Map(rules.map((rule) => [rule.id, rule])),
      bundle: new Uint8Array(Buffer.from(bundle, 'base64')),
    },
    vector: read,
  };
}

function encoded(files: ReadonlyMap<string, Uint8Array>): FilesDocument {
  return Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]));
}

function decoded(files: FilesDocument): Map<string, Uint8Array> {
  return new Map(
    Object.entries(files).map(([path, text]) => [path, new Uint8Array(Buffer.from(text, 'base64'))]),
  );
}
