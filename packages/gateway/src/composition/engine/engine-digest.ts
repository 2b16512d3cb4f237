import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * SHA-256 of the embedded engine's own code and of the Node that runs it: what was found of another one says nothing of
 * this one, whatever their versions are called.
 * @throws what the file system says.
 */
export async function engineDigest(): Promise<string> {
  const directory = fileURLToPath(new URL('.', import.meta.resolve('@bailiff/rego')));
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /(?<!\.test)\.[jt]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const lines: string[] = [process.version];
  for (const file of files)
    lines.push(`${relative(directory, file)} ${hash('sha256', await readFile(file))}`);
  return hash('sha256', lines.join('\n'));
}
