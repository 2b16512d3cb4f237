/** Sets up what is missing, then runs a task of this repository under the right Node: `node tools/launch.mjs TASK [ARG …]`. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { whenNpmIsGone } from './npm-is-gone.mjs';
import { ROOT, SetupError, setUp } from './setup.mjs';

const TASKS = {
  start: 'examples/acme/start.ts',
  cli: 'packages/gateway/src/cli.ts',
  test: 'tools/test.ts',
  check: 'tools/check.ts',
  generate: 'tools/generate/all.ts',
  bench: 'bench/all.ts',
  'bench:engine': 'bench/engine/run.ts',
  compliance: 'packages/rego/proof/compliance.ts',
  fuzz: 'packages/rego/proof/fuzz/run.ts',
};
/** Whatever was started with a task is bound to it by a pipe, the first descriptor after the three standard ones. */
const PIPE = 3;
const STOP_WITH_LAUNCHER = pathToFileURL(join(ROOT, 'tools/stop-with-launcher.mjs')).href;
/** How long a task may take to stop before it is killed. */
const STOP_GRACE_MS = 15_000;

const [task, ...args] = process.argv.slice(2);
const script = Object.hasOwn(TASKS, task ?? '') ? TASKS[task] : undefined;
if (script === undefined) {
  process.stderr.write(`Unknown task ${task}. There are: ${Object.keys(TASKS).join(', ')}.\n`);
  process.exit(2);
}

/** Aborted with the signal that asked to stop; with SIGTERM when npm, which had started this, is gone. */
const stopping = new AbortController();
const stop = (signal) => stopping.abort(signal);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of SIGNALS) process.on(signal, stop);
// npm passes on neither SIGHUP nor its own death. Without npm there may be no one to wait for: `nohup ./bailiff start &`.
if (process.env.npm_lifecycle_event === task) whenNpmIsGone(() => stop('SIGTERM'));

try {
  const { node, opa } = await setUp({ signal: stopping.signal });
  if (stopping.signal.aborted) endBySignal();
  else run(node, opa, [join(ROOT, script), ...args]);
} catch (thrown) {
  await setImmediate(); // a signal that ended what was waited for has reached this process by then
  if (stopping.signal.aborted) endBySignal();
  else if (!(thrown instanceof SetupError)) throw thrown;
  else {
    process.stderr.write(`${thrown.message}\n`);
    process.exit(1);
  }
}

function run(node, opa, argv) {
  const env = {
    ...process.env,
    BAILIFF_OPA: opa,
    BAILIFF_LAUNCHER_PIPE: String(PIPE),
    // Half of the time that a short command takes would be spent on compiling it again.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, '.cache', 'compiled'),
    // Whatever a task starts by name is what this repository uses, not what the machine happens to have.
    PATH: [dirname(node), dirname(opa), process.env.PATH ?? ''].join(delimiter),
  };
  const options = ['--disable-warning=ExperimentalWarning', '--import', STOP_WITH_LAUNCHER];
  const child = spawn(node, [...options, ...argv], { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env });
  const pipe = child.stdio[PIPE];
  pipe.on('error', () => {}); // The task has ended; its exit says so.
  // A signal may have come to the whole process group or to this process alone; the end of the pipe comes either way.
  const stopTask = () => {
    pipe.destroy();
    setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref();
  };
  if (stopping.signal.aborted) stopTask();
  else stopping.signal.addEventListener('abort', stopTask, { once: true });
  child.once('error', (cause) => {
    process.stderr.write(`${node} cannot be run: ${cause.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code) => {
    if (code !== null) process.exit(code);
    if (stopping.signal.aborted) endBySignal();
    else process.exit(1);
  });
}

/** Ends as the signal would have ended this process: whoever sent it, npm for one, then has nothing to complain about. */
function endBySignal() {
  for (const signal of SIGNALS) process.off(signal, stop);
  process.kill(process.pid, stopping.signal.reason);
}
