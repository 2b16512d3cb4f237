import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MCP_VERSION = '2.3.0';
const CACHE = fileURLToPath(new URL(`../../.cache/python-mcp-${MCP_VERSION}`, import.meta.url));
const INSTALL_TIMEOUT_MS = 180_000;

/** A Python that has the `mcp` package, installed once into the cache; undefined where Python or its registry cannot be had. */
export async function pythonWithMcp(): Promise<string | undefined> {
  const python = join(CACHE, 'bin', 'python');
  try {
    if (await hasMcp(python)) return python;
    await run('python3', ['-m', 'venv', '--clear', CACHE], { timeout: INSTALL_TIMEOUT_MS });
    await run(
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `mcp==${MCP_VERSION}`],
      { timeout: INSTALL_TIMEOUT_MS },
    );
    return (await hasMcp(python)) ? python : undefined;
  } catch {
    return undefined; // whoever asked says by name what was skipped
  }
}

async function hasMcp(python: string): Promise<boolean> {
  return access(python)
    .then(() => run(python, ['-c', 'import mcp'], { timeout: INSTALL_TIMEOUT_MS }))
    .then(
      () => true,
      () => false,
    );
}

/** Runs a script beside this file and gives what it printed as JSON. */
export async function runPython(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(python, [file, ...args], { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
  return JSON.parse(stdout);
}
