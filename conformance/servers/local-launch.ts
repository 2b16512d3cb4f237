import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Installed } from '../peers/in-cache.ts';
import { installLocked } from '../peers/install-peers.ts';
import { installRequirements } from '../peers/install-python.ts';

const PACKAGES = fileURLToPath(new URL('packages', import.meta.url));

/** A server as its package launches it. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

/** How a server is started on this machine, or why it cannot be. */
export type LocalLaunch =
  | { readonly kind: 'found'; readonly launch: Launch }
  | { readonly kind: 'unavailable'; readonly why: string };

const asked = new Map<string, Promise<Installed>>();

/** What a package launches, out of what is installed here from the same registry in the same version. Nothing is fetched at a start. */
export async function localLaunch({ command, args }: Launch): Promise<LocalLaunch> {
  const at = args.findIndex((word) => /[^<>=]@\d/.test(word));
  const [, name = '', version = ''] = /^(.+)@(\d.*)$/.exec(args[at] ?? '') ?? [];
  const rest = args.slice(at + 1);
  if (command === 'npx') return fromNpm(name, { version, rest });
  if (command === 'uvx') return fromPypi(name, { version, rest });
  return fromPath('github-mcp-server', ['stdio']);
}

interface Wanted {
  readonly version: string;
  readonly rest: readonly string[];
}

async function fromNpm(name: string, { version, rest }: Wanted): Promise<LocalLaunch> {
  const installed = await once('npm', () => installLocked('servers', PACKAGES));
  if (installed.kind === 'unavailable') return installed;
  const folder = join(installed.path, 'node_modules', name);
  const { default: manifest } = await import(join(folder, 'package.json'), { with: { type: 'json' } });
  if (manifest.version !== version) throw new Error(`${name} is installed as ${manifest.version}`);
  const [program] = Object.values<string>(manifest.bin);
  return found(process.execPath, [join(folder, program ?? ''), ...rest]);
}

async function fromPypi(name: string, { version, rest }: Wanted): Promise<LocalLaunch> {
  // The one for SQLite needs an older `mcp` than the others do.
  const file = name === 'mcp-server-sqlite' ? 'requirements-sqlite.txt' : 'requirements.txt';
  const installed = await once(file, () => installRequirements('servers', join(PACKAGES, file)));
  if (installed.kind === 'unavailable') return installed;
  const start = [
    'import sys, importlib, importlib.metadata',
    `assert importlib.metadata.version(${JSON.stringify(name)}) == ${JSON.stringify(version)}`,
    `sys.exit(importlib.import_module(${JSON.stringify(name.replaceAll('-', '_'))}).main())`,
  ];
  return found(installed.path, ['-c', start.join('\n'), ...rest]);
}

/** The first of these programs in PATH. */
export function programInPath(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

function fromPath(name: string, args: readonly string[]): LocalLaunch {
  const program = programInPath(name);
  return program === undefined
    ? { kind: 'unavailable', why: `${name} is not in PATH` }
    : found(program, args);
}

const found = (command: string, args: readonly string[]): LocalLaunch => ({
  kind: 'found',
  launch: { command, args },
});

function once(what: string, install: () => Promise<Installed>): Promise<Installed> {
  const installing = asked.get(what) ?? install();
  asked.set(what, installing);
  return installing;
}
