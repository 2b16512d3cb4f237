/** Sets up what is missing, then runs a task of this repository under the right Node: `node tools/launch.mjs TASK [ARG …]`. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { ROOT, SetupError, setUp } from './setup.mjs';

const TASKS = {
  start: 'examples/acme/start.ts',
  cli: 'packages/gateway/src/cli.ts',
  test: 'tools/test.ts',
  check: 'tools/check.ts',
  generate: 'tools/generate/all.ts',
  bench: 'bench/all.ts',
};

const [task, ...args] = process.argv.slice(2);
const script = TASKS[task];
if (script === undefined) {
  process.stderr.write(`Unknown task ${task}. There are: ${Object.keys(TASKS).join(', ')}.\n`);
  process.exit(2);
}

try {
  const { node, opa } = await setUp();
  run(node, opa, [join(ROOT, script), ...args]);
} catch (thrown) {
  if (!(thrown instanceof SetupError)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exit(1);
}

function run(node, opa, argv) {
  const env = {
    ...process.env,
    BAILIFF_OPA: opa,
    // Whatever a task starts by name is what this repository uses, not what the machine happens to have.
    PATH: [dirname(node), dirname(opa), process.env.PATH ?? ''].join(delimiter),
  };
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...argv], { stdio: 'inherit', env });
  // The child decides how to stop: a terminal sends Ctrl-C to both, and a supervisor’s SIGTERM is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => {
    if (signal !== null) process.exitCode = 1;
    else process.exitCode = code ?? 1;
  });
}
