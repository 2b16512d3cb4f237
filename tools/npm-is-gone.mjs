import { readFileSync } from 'node:fs';

/** A signal that npm cannot pass on is noticed this late. */
const POLL_MS = 500;
const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'zsh', 'busybox']);

/**
 * Calls back once the npm that started this process is gone. npm starts a script by a shell, which most often becomes the
 * script; where it stays in between, both are watched, since it outlives npm. Nothing but looking tells of either.
 */
export function whenNpmIsGone(callBack) {
  const parent = process.ppid;
  const grandparent = parentOfShell(parent);
  const poll = setInterval(() => {
    if (process.ppid === parent && (grandparent === undefined || isAlive(grandparent))) return;
    clearInterval(poll);
    callBack();
  }, POLL_MS);
  poll.unref();
}

/** The parent of a process that is a shell. Undefined for others, and where there is no `/proc`. */
function parentOfShell(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, name = ''] = /^Name:\t(.*)$/m.exec(status) ?? [];
    const [, parent = ''] = /^PPid:\t(\d+)$/m.exec(status) ?? [];
    return SHELLS.has(name) ? Number(parent) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown.code === 'EPERM';
  }
}
