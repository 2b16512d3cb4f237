import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const LOCK_POLL_MS = 250;
const WHY_CHARACTERS_MAX = 400;

/** How programs tell that they, what they need, or the registry are not to be had here. Whatever else fails is a failure. */
const NOT_TO_BE_HAD =
  /ENOENT|command not found|ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|NewConnectionError|dial tcp|ensurepip|No module named|No matching distribution|requires go/;

/** What was asked for, or why it cannot be had on this machine. Whoever asked then says by name what was skipped. */
export type Installed =
  | { readonly kind: 'installed'; readonly path: string }
  | { readonly kind: 'unavailable'; readonly why: string };

/**
 * A folder of the cache that `make` fills once, whoever asks and however many at once. What is half made is never seen: it
 * is made beside its place and moved there.
 * @throws what `make` throws, unless that tells that something cannot be had here.
 */
export async function inCache(name: string, make: (folder: string) => Promise<void>): Promise<Installed> {
  const path = join(CACHE, name);
  if (await exists(path)) return { kind: 'installed', path };
  await mkdir(CACHE, { recursive: true });
  using _lock = await lockOf(`${path}.lock`);
  if (await exists(path)) return { kind: 'installed', path };
  const folder = `${path}.making`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    await make(folder);
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    const why = String(thrown);
    if (!NOT_TO_BE_HAD.test(why)) throw thrown;
    return { kind: 'unavailable', why: why.slice(0, WHY_CHARACTERS_MAX) };
  }
  await rename(folder, path);
  return { kind: 'installed', path };
}

/** SQLite’s lock of a file, which ends with the process that holds it, however that ends. */
async function lockOf(file: string): Promise<Disposable> {
  const database = new DatabaseSync(file, { timeout: 0 });
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return { [Symbol.dispose]: () => database.close() };
    } catch (thrown) {
      if (!/locked/.test(String(thrown))) throw thrown;
    }
    await pause(LOCK_POLL_MS);
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
