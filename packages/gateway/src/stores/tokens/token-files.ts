import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import { Grant, type GrantKey, type TokenStore } from '../../enforcement/upstream/credentials/token-store.ts';
import { makeDataFolder } from '../data-folder.ts';
import { secretFile } from '../secret-file.ts';
import { KEY_BYTES, seal, unseal } from './sealed.ts';
import { withLock } from './with-lock.ts';

/** Environment variable that holds the key, 32 bytes in base64; a file in the data folder holds it when it is not set. */
export const KEY_VARIABLE = 'BAILIFF_TOKENS_KEY';

const FOLDER = 'tokens';
const KEY_FILE = 'tokens.key';
const SUFFIX = '.grant';
/** Held by whoever changes grants, of all processes. */
const LOCK_FILE = 'lock';

/** Largest file that is read, in bytes; tokens are a few thousand. */
const FILE_BYTES_MAX = 262_144;

/** Most grants that are listed. */
const GRANTS_MAX = 100_000;

/**
 * Grants in files of their own below the data folder, each encrypted, bound to its name, readable by the owner only, and
 * replaced in one step. The key is made on first use, unless the environment has it.
 * @throws Failure `configuration_invalid` when the key or the folder cannot be used.
 */
export async function openTokenFiles(
  dataDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TokenStore> {
  await makeDataFolder(dataDirectory);
  const folder = join(dataDirectory, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = keyFrom(environment[KEY_VARIABLE]) ?? (await secretFile(dataDirectory, KEY_FILE));
  return new TokenFiles(folder, key);
}

function keyFrom(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text === '') return undefined;
  const key = Buffer.from(text, 'base64');
  const isWeak = key.every((byte) => byte === key[0]);
  if (key.length === KEY_BYTES && key.toString('base64') === text && !isWeak) return key;
  throw new Failure(
    'configuration_invalid',
    `The environment variable ${KEY_VARIABLE} must hold ${KEY_BYTES} random bytes in base64, as made by: openssl rand -base64 ${KEY_BYTES}`,
  );
}

class TokenFiles implements TokenStore {
  readonly #folder: string;
  readonly #key: Uint8Array;
  /** Changes one after another: only other processes are waited for at the lock. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  async read(key: GrantKey): Promise<Grant | undefined> {
    return this.#grantIn(nameOf(key));
  }

  write(grant: Grant): Promise<void> {
    return this.#alone(() => this.#write(grant));
  }

  renew(grant: Grant): Promise<boolean> {
    return this.#alone(async () => {
      const present = await this.read(grant);
      if (present?.id !== grant.id) return false;
      await this.#write(grant);
      return true;
    });
  }

  remove(key: GrantKey): Promise<boolean> {
    return this.#alone(() => this.#remove(key));
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(() => withLock(join(this.#folder, LOCK_FILE), work));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #write(grant: Grant): Promise<void> {
    const name = nameOf(grant);
    const path = join(this.#folder, name);
    const draft = `${path}.${randomBytes(6).toString('hex')}`;
    const sealed = seal(Buffer.from(JSON.stringify(grant)), this.#key, name);
    try {
      const handle = await open(draft, 'wx', 0o600);
      try {
        await handle.writeFile(sealed);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, path);
    } catch (thrown) {
      await unlink(draft).catch(() => undefined); // it may be the renamed one, or none
      throw thrown;
    }
    await this.#syncFolder();
  }

  async #remove(key: GrantKey): Promise<boolean> {
    try {
      await unlink(join(this.#folder, nameOf(key)));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw thrown;
    }
    await this.#syncFolder();
    return true;
  }

  async list(): Promise<readonly Grant[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(SUFFIX)).slice(0, GRANTS_MAX);
    const grants: Grant[] = [];
    for (const name of names) {
      const grant = await this.#grantIn(name);
      if (grant !== undefined) grants.push(grant);
    }
    return grants.sort((a, b) => compare(a.server, b.server) || compare(a.user, b.user));
  }

  async #grantIn(name: string): Promise<Grant | undefined> {
    const path = join(this.#folder, name);
    try {
      const { size, mode } = await stat(path);
      if (size > FILE_BYTES_MAX) throw new Error('it is too large');
      if ((mode & 0o077) !== 0) throw new Error(`others may read it; run: chmod 600 ${path}`);
      const plain = unseal(await readFile(path), this.#key, name);
      const grant = Grant.parse(JSON.parse(Buffer.from(plain).toString('utf8')));
      if (nameOf(grant) !== name) throw new Error('it belongs under another name');
      return grant;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Failure(
        'configuration_invalid',
        `${path} cannot be read: it was changed, or encrypted with another key. Remove it and log in again.`,
        { cause },
      );
    }
  }

  /** A name that was given to a file lasts only once its folder is written. */
  async #syncFolder(): Promise<void> {
    const handle = await open(this.#folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Names tell neither server nor user. */
function nameOf({ server, user }: GrantKey): string {
  return `${hash('sha256', JSON.stringify([server, user]))}${SUFFIX}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
