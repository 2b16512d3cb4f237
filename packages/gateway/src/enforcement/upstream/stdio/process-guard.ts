import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * A shell that outlives us by an instant: it keeps the process groups that run, and kills what is left of them when its
 * input ends, which happens however the gateway ends. In POSIX `sh`, with built-ins only, so that it needs nothing else.
 */
const SCRIPT = `
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    remove) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 -"$group" 2>/dev/null; done
exit 0
`;
const SHELL = '/bin/sh';

/** Sees to it that no process group of a server is left when the gateway ends without ending it, by SIGKILL for one. */
export class ProcessGuard implements AsyncDisposable {
  readonly #groups = new Set<number>();
  #shell: ChildProcessByStdio<Writable, null, null> | undefined;

  add(group: number): void {
    if (this.#shell === undefined) this.#shell = this.#start();
    this.#groups.add(group);
    this.#shell?.stdin.write(`add ${group}\n`);
  }

  remove(group: number): void {
    if (this.#groups.delete(group)) this.#shell?.stdin.write(`remove ${group}\n`);
  }

  /** For the moment when nothing can be awaited any more. */
  killAll(): void {
    for (const group of this.#groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    const gone = once(shell, 'exit');
    shell.stdin.end();
    await gone;
  }

  /** Undefined where there is no such shell. One that was killed is replaced, and told of all groups. */
  #start(): ChildProcessByStdio<Writable, null, null> | undefined {
    if (!existsSync(SHELL)) return undefined;
    // In a session of its own, where no Ctrl-C reaches it.
    const shell = spawn(SHELL, ['-c', SCRIPT], {
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const isOver = () => {
      if (this.#shell === shell) this.#shell = undefined;
    };
    shell.once('error', isOver);
    shell.once('exit', isOver);
    shell.stdin.on('error', () => undefined); // It ended; its exit says so.
    // It alone keeps no gateway running that has nothing else to do.
    shell.unref();
    for (const group of this.#groups) shell.stdin.write(`add ${group}\n`);
    return shell;
  }
}
