import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inCache } from '../../../conformance/peers/in-cache.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const INSTALL_TIMEOUT_MS = 300_000;
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1'];

/** The folder that holds `node_modules` with OPA’s SDK, as the lockfile beside this file says; or why it cannot be had. */
export async function installWasm() {
  const lockfile = await readFile(join(HERE, 'package-lock.json'), 'utf8');
  return inCache(`peers-${hash('sha256', lockfile).slice(0, 16)}`, async (folder) => {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(HERE, file), join(folder, file));
    await promisify(execFile)('npm', ['ci', ...OPTIONS], { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
  });
}
