import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children } from './children.ts';
import type { Target } from './driver.ts';
import { gateway, prepareCompany } from './gateway-target.ts';
import { plain, preparedDecision } from './targets.ts';

/**
 * A bare proxy, and a gateway for each revision in front of an upstream of the same: with a decision in process, since what OPA
 * takes is the same for every result; and one with OPA beside it.
 */
export async function openLargeBench(): Promise<AsyncDisposable & { readonly targets: readonly Target[] }> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-bench-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const children = new Children(folder);
  starting.use(children);

  const session = await children.node(['bench/peers/upstream.ts']);
  const stateless = await children.node(['bench/peers/upstream.ts', '--stateless']);
  const origin = `http://127.0.0.1:${session.port}`;
  const pipe = await children.node(['bench/peers/node-pipe.ts', '--upstream', origin]);
  const key = `blf_${randomBytes(32).toString('base64url')}`;
  const company = await prepareCompany(folder, { url: `${origin}/mcp`, key });
  const newer = {
    ...company,
    url: `http://127.0.0.1:${stateless.port}/mcp`,
    revision: '2026-07-28',
  } as const;
  const sidecar = await gateway(children, company, { name: 'gateway, sidecar, 2025-11-25', mode: 'strict' });
  const { answerFile: trivial } = await preparedDecision(folder, sidecar, key);
  const gateways = [
    sidecar,
    await gateway(children, company, { name: 'gateway, 2025-11-25', mode: 'strict', trivial }),
    await gateway(children, newer, { name: 'gateway, 2026-07-28', mode: 'strict', trivial }),
  ];
  const kept = starting.move();
  return {
    targets: [{ name: 'direct', ...plain(session) }, { name: 'node-pipe', ...plain(pipe) }, ...gateways],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
