import { hash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mismatch } from './fuzz.ts';
import type { Message } from './messages/make-message.ts';

const FOLDER = fileURLToPath(new URL('cases', import.meta.url));

/** A message that once did not go as it must, and is sent first ever since. */
interface StoredCase {
  /** What was wrong. */
  readonly because: readonly string[];
  readonly hazards: readonly string[];
  readonly base64: string;
}

/** All that were ever stored, in the order of their names. */
export async function storedCases(): Promise<Message[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const { hazards, base64 }: StoredCase = JSON.parse(await readFile(join(FOLDER, name), 'utf8'));
      return { hazards, bytes: Buffer.from(base64, 'base64') };
    }),
  );
}

/** Stores what went wrong, under the digest of its bytes; gives the file. */
export async function store({ bytes, hazards, wrong }: Mismatch): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${hash('sha256', bytes).slice(0, 16)}.json`);
  const stored: StoredCase = { because: wrong, hazards, base64: Buffer.from(bytes).toString('base64') };
  await writeFile(file, `${JSON.stringify(stored, null, 2)}\n`);
  return file;
}
