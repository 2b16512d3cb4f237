/** OPA as a server on a unix socket, asked over connections that are kept, as the gateway does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { opaPath } from '../../../packages/gateway/src/commands/places.ts';
import { OpaClient } from '../../../packages/gateway/src/decision/sidecar/opa-client.ts';
import { ENTRYPOINT, FILES } from '../sets/policy-set.ts';
import { inputTexts, serve, started } from './worker-loop.ts';

const READY_TIMEOUT_MS = 30_000;

const path = join(started.folder, 'opa.sock');
const bundle = join(started.folder, FILES.bundle);
const opa = spawn(
  opaPath(),
  [
    'run',
    '--server',
    '--addr',
    `unix://${path}`,
    '--log-level',
    'error',
    '--skip-version-check',
    '--bundle',
    bundle,
  ],
  { stdio: 'ignore' },
);
const client = new OpaClient({ address: { kind: 'socket', path }, bundleName: bundle, connections: 16 });
const { signal } = new AbortController();
const deadline = performance.now() + READY_TIMEOUT_MS;
while ((await client.health(AbortSignal.timeout(1_000))) !== 'well') {
  if (opa.exitCode !== null || performance.now() > deadline) throw new Error('OPA did not start');
  await sleep(50);
}

async function decide(index: number): Promise<unknown> {
  const options = { signal, ended: () => {} };
  const evaluation = await client.evaluate(ENTRYPOINT, inputTexts[index] ?? '', options);
  if (evaluation.kind !== 'result') throw new Error(JSON.stringify(evaluation));
  return evaluation.value;
}

await serve({ answer: async (index) => JSON.stringify(await decide(index)), decide, isConcurrent: true });
await client[Symbol.asyncDispose]();
opa.kill('SIGTERM');
if (opa.exitCode === null) await once(opa, 'exit');
