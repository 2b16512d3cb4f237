import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../secret-of.ts';
import { said, unavailable } from '../unavailable.ts';
import type { GitAddress } from './git-address.ts';

export interface GitRun {
  /** The bare repository that it works in; the run’s only one. */
  readonly mirror: string;
  readonly environment: Environment;
  /** The one transport that may be used; none when absent. */
  readonly protocol?: GitAddress['protocol'];
  readonly input?: string;
  /** Most bytes that it may print. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** What `git` may take from the environment: where it and its keys are, and how the network is reached. */
const ENVIRONMENT: readonly string[] = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'SSH_AUTH_SOCK',
  'GIT_SSH_COMMAND',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'TMPDIR',
];

/** Asks nobody anything, and gives up on hosts that do not answer. */
const SSH = 'ssh -o BatchMode=yes -o ConnectTimeout=15';

/** Whatever a repository or the user’s own settings say, git runs no program, leads nowhere else and leaves nothing running. */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.allow=never',
  'protocol.ext.allow=never',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
  'credential.interactive=never',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'advice.detachedHead=false',
];

const SAID_BYTES_MAX = 65_536;

/**
 * Runs `git` without a shell and gives what it printed. Ends it and all that it started on abort.
 * @throws Failure `bundle_unavailable` with what git said, or what aborted the signal.
 */
export async function runGit(run: GitRun, args: readonly string[]): Promise<Buffer> {
  const { mirror, signal, bytesMax, protocol } = run;
  signal.throwIfAborted();
  await mkdir(dirname(mirror), { recursive: true, mode: 0o700 });
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [...settings, `--git-dir=${mirror}`, ...args], {
    cwd: dirname(mirror),
    env: environmentOf(run.environment, protocol),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, since git leaves programs that reach the network behind when only it is killed.
    detached: true,
  });
  const end = () => endGroup(child.pid);
  signal.addEventListener('abort', end, { once: true });
  try {
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let bytes = 0;
    let errorBytes = 0;
    let isTooLong = false;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) output.push(chunk);
      else {
        isTooLong = true;
        end();
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errorBytes += chunk.length;
      if (errorBytes <= SAID_BYTES_MAX) errors.push(chunk);
    });
    child.stdin.on('error', () => undefined); // it ended before it had read all: what it said tells why
    child.stdin.end(run.input ?? '');
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (isTooLong)
      throw unavailable(`git printed more than ${bytesMax} bytes.`, 'Fetch from a smaller repository.');
    if (status !== 0) throw refusedBy(Buffer.concat(errors).toString(), args[0] ?? '');
    return Buffer.concat(output);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      throw unavailable('There is no `git` on PATH.', 'Install git where the gateway runs.', thrown);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', end);
    if (child.exitCode === null && child.signalCode === null) end();
  }
}

function environmentOf(environment: Environment, protocol: GitAddress['protocol'] | undefined) {
  const taken = ENVIRONMENT.flatMap((name) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    GIT_SSH_COMMAND: SSH,
    ...Object.fromEntries(taken),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocol ?? 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function refusedBy(errors: string, command: string) {
  const words = said(errors.replaceAll(/(:\/\/)[^/@\s]*@/g, '$1'));
  const mend =
    MENDS.find(([pattern]) => pattern.test(words))?.[1] ?? 'See that `git ls-remote` works from here.';
  return unavailable(`git ${command} failed: ${words}`, mend);
}

const MENDS: readonly (readonly [RegExp, string])[] = [
  [
    /Authentication failed|could not read Username|Permission denied|terminal prompts disabled/i,
    'Give the gateway’s user an SSH key or a credential helper that may read it.',
  ],
  [/Host key verification failed/i, 'Add the host’s key to known_hosts of the gateway’s user.'],
  [/dubious ownership/i, 'Let the gateway’s user own the repository, or name it in git’s safe.directory.'],
  [
    /not our ref|unadvertised object/i,
    'Name a branch or tag: this service does not give out single commits, or has no such one.',
  ],
  [
    /does not appear to be a git repository|repository .* not found|does not exist/i,
    'Correct the address of the repository.',
  ],
];
