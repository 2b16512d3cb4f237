/**
 * Makes a fresh clone able to run: dependencies from the lockfile, a Node that runs the sources, and OPA. Written for any
 * Node from 18 on and without dependencies, because it is what installs them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const NODE_MAJOR_MIN = 24;
export const OPA_VERSION = '1.22.2';
/** Older ones can be made to skip the verification of bundle signatures (GHSA-g2pf-6v5v-qcc8). */
export const OPA_VERSION_MIN = '1.21.3';

/** A step of setting up could not be done; the message says what to do. */
export class SetupError extends Error {}

const OPA_CACHE = join(
  ROOT,
  '.cache',
  `opa-${OPA_VERSION}`,
  process.platform === 'win32' ? 'opa.exe' : 'opa',
);
const say = (line) => process.stderr.write(`${line}\n`);

/**
 * Installs what is missing, until `signal` is aborted. Returns the paths of the Node and the OPA to use. Quick when there is
 * nothing to do. `BAILIFF_INSTALL=never` makes it fail where dependencies would have to be installed: a run beside others must
 * not change them.
 */
export async function setUp({ opa = true, signal } = {}) {
  await installDependencies(signal);
  const node = findNode();
  if (node === undefined) {
    throw new SetupError(
      `Node ${NODE_MAJOR_MIN} or newer is needed and this is ${process.version}. Install it, then try again.`,
    );
  }
  return { node, opa: opa ? await findOrMakeOpa(signal) : undefined };
}

/** The running Node when it is new enough, else the one that the lockfile brings; undefined when there is neither. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const bundled = join(ROOT, 'node_modules', '.bin', 'node');
  return existsSync(bundled) ? bundled : undefined;
}

/** An `opa` that is new enough: `BAILIFF_OPA`, then PATH, then the cache. Undefined when there is none. */
export function findOpa() {
  const named = process.env.BAILIFF_OPA;
  if (named) {
    const version = opaVersion(named);
    if (version === undefined)
      throw new SetupError(`BAILIFF_OPA names ${named}, which does not run. Correct or unset it.`);
    if (!isAtLeast(version, OPA_VERSION_MIN)) {
      throw new SetupError(
        `BAILIFF_OPA names OPA ${version}; ${OPA_VERSION_MIN} or newer is needed. Correct or unset it.`,
      );
    }
    return { path: named, version, from: 'BAILIFF_OPA' };
  }
  if (existsSync(OPA_CACHE)) return { path: OPA_CACHE, version: OPA_VERSION, from: 'cache' };
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'opa');
    const version = folder !== '' && existsSync(path) ? opaVersion(path) : undefined;
    if (version !== undefined && isAtLeast(version, OPA_VERSION_MIN)) return { path, version, from: 'PATH' };
  }
  return undefined;
}

async function installDependencies(signal) {
  const lockfile = join(ROOT, 'package-lock.json');
  const stamp = join(ROOT, 'node_modules', '.bailiff-installed');
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (process.env.BAILIFF_INSTALL === 'never') {
    throw new SetupError(
      'The dependencies are not those of the lockfile, and BAILIFF_INSTALL=never forbids installing them. Run npm ci.',
    );
  }
  say('setup: installing dependencies from the lockfile …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, commandArgs] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { status, error } = await runToEnd(command, commandArgs, { cwd: ROOT, signal });
  if (status !== 0) {
    throw new SetupError(
      `npm ci failed${error ? ` (${error.message})` : ''}. Mend what it says above, then try again.`,
    );
  }
  writeFileSync(stamp, wanted);
}

async function findOrMakeOpa(signal) {
  const found = findOpa();
  if (found !== undefined) return found.path;
  if (spawnSync('go', ['version']).status === 0) return buildOpa(signal);
  return downloadOpa(signal);
}

async function buildOpa(signal) {
  const folder = dirname(OPA_CACHE);
  mkdirSync(folder, { recursive: true });
  say(`setup: building OPA ${OPA_VERSION} with Go, once (one to six minutes) …`);
  const began = Date.now();
  const { status } = await runToEnd(
    'go',
    ['install', '-trimpath', '-ldflags', '-s -w', `github.com/open-policy-agent/opa@v${OPA_VERSION}`],
    { env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '' }, signal },
  );
  if (status !== 0) {
    throw new SetupError(
      `Building OPA failed. Install OPA ${OPA_VERSION_MIN} or newer yourself and name it in BAILIFF_OPA.`,
    );
  }
  say(`setup: OPA built in ${Math.round((Date.now() - began) / 1000)} s`);
  return OPA_CACHE;
}

/**
 * Runs a program to its end, all that it says on standard error; ends it when the signal is aborted. Waits without blocking, so
 * that the launcher can be told to stop meanwhile.
 */
function runToEnd(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => resolve({ status: null, error }));
    child.once('exit', (status) => resolve({ status }));
  });
}

/** The official release, checked against the checksum published beside it. */
async function downloadOpa(signal) {
  const system = { linux: 'linux', darwin: 'darwin' }[process.platform];
  const machine = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  const hint = `Install Go, or install OPA ${OPA_VERSION_MIN} or newer and put it on PATH or name it in BAILIFF_OPA.`;
  if (system === undefined || machine === undefined)
    throw new SetupError(`There is no OPA for this machine. ${hint}`);
  const url = `https://github.com/open-policy-agent/opa/releases/download/v${OPA_VERSION}/opa_${system}_${machine}_static`;
  say(`setup: downloading OPA ${OPA_VERSION} …`);
  try {
    const [binary, published] = await Promise.all([download(url, signal), download(`${url}.sha256`, signal)]);
    const digest = createHash('sha256').update(binary).digest('hex');
    if (published.toString('utf8').trim().split(/\s+/)[0] !== digest)
      throw new Error('its checksum is not the published one');
    mkdirSync(dirname(OPA_CACHE), { recursive: true });
    writeFileSync(`${OPA_CACHE}.part`, binary);
    chmodSync(`${OPA_CACHE}.part`, 0o755);
    renameSync(`${OPA_CACHE}.part`, OPA_CACHE);
    return OPA_CACHE;
  } catch (cause) {
    rmSync(`${OPA_CACHE}.part`, { force: true });
    throw new SetupError(`OPA was not found and could not be downloaded (${cause.message}). ${hint}`);
  }
}

async function download(url, signal) {
  const timeout = AbortSignal.timeout(300_000);
  const until = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const response = await fetch(url, { signal: until });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

function opaVersion(path) {
  if (!existsSync(path) || !statSync(path).isFile()) return undefined;
  const { status, stdout } = spawnSync(path, ['version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? /^Version:\s*v?(\d+\.\d+\.\d+)/m.exec(stdout)?.[1] : undefined;
}

function isAtLeast(version, minimum) {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  const at = a.findIndex((part, index) => part !== b[index]);
  return at === -1 || a[at] > b[at];
}
