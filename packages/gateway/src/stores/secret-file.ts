import { randomBytes } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';

const SECRET_BYTES = 32;

/**
 * A secret of this installation: 32 random bytes in a file that only its owner reads, made on first use. Two that make it at
 * once get the same one.
 * @throws Failure `configuration_invalid` when the file holds something else, others may read it, or it cannot be read
 * or made.
 */
export async function secretFile(directory: string, name: string): Promise<Uint8Array> {
  const path = join(directory, name);
  try {
    return await readSecret(path);
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unknown';
    const mend =
      'It must be a file that the gateway’s user can read and write, in a folder that it can write to.';
    throw new Failure('configuration_invalid', `${path} cannot be used (${code}). ${mend}`, {
      cause: thrown,
    });
  }
}

async function readSecret(path: string): Promise<Uint8Array> {
  await makeOnce(path);
  const handle = await open(path, 'r');
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0)
      throw new Failure('configuration_invalid', `${path} may be read by others. Run: chmod 600 ${path}`);
  } finally {
    await handle.close();
  }
  const secret = await readFile(path);
  if (secret.length !== SECRET_BYTES) {
    throw new Failure(
      'configuration_invalid',
      `${path} is not a secret of ${SECRET_BYTES} bytes. Remove it to have a new one made.`,
    );
  }
  return secret;
}

/** A link appears whole or not at all, so nobody ever reads half a secret. */
async function makeOnce(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(randomBytes(SECRET_BYTES));
    await handle.sync();
    await handle.close();
    await link(draft, path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    await unlink(draft).catch(() => undefined); // there is none when it could not be made
  }
}
