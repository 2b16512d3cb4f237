import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { type GatewayProcess, KEYS } from './gateway-process.ts';

/** An executable below `folder` that does all that OPA does, except to run as a server; gives its path. */
export async function brokenOpa(folder: string): Promise<string> {
  const opa = join(folder, 'opa');
  const script = `#!/bin/sh\n[ "$1" = run ] && exit 1\nexec '${opaExecutable()}' "$@"\n`;
  await writeFile(opa, script, { mode: 0o755 });
  return opa;
}

/** What a gateway says of its readiness, in full. */
export async function readyzOf({ url }: Pick<GatewayProcess, 'url'>): Promise<string> {
  const headers = { authorization: `Bearer ${KEYS.operator}` };
  return (await fetch(`${url}/readyz`, { headers })).text();
}
