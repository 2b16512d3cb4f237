import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';

/**
 * The absolute path of an executable: `name` itself where it is a path, else the first file of that name in the folders of
 * `searchPath`, a value of PATH.
 * @throws Failure `configuration_invalid` when there is none that may be run.
 */
export async function findExecutable(name: string, searchPath: string): Promise<string> {
  const isPath = name.includes('/');
  const candidates = isPath
    ? [resolve(name)]
    : searchPath.split(delimiter).flatMap((folder) => (folder === '' ? [] : join(resolve(folder), name)));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  const where = isPath ? 'there' : 'in PATH';
  const detail = `engine.opa: There is no executable ${JSON.stringify(name)} ${where}. Name an OPA there or in BAILIFF_OPA.`;
  throw new Failure('configuration_invalid', detail);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK); // Which a folder that may be entered passes, too.
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
