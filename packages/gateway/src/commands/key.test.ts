import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Configuration } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { createApiKeys } from '../context/credentials/api-keys.ts';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const key = (...args: string[]) => promisify(execFile)(process.execPath, [CLI, 'key', '--json', ...args]);

test('a key that is made for an agent of a chain gives a principal with that chain, outermost first', async () => {
  const { stdout } = await key('--agent', 'refund-bot', '--via', 'planner-bot', 'helper-bot');
  const made = JSON.parse(stdout);
  expect(made.entry.chain).toEqual(['planner-bot', 'helper-bot']);
  const { identity } = Configuration.parse({
    policy: { directory: '.' },
    identity: { api_keys: [made.entry] },
  });
  const principal = createApiKeys(identity.api_keys, Date.now)(made.key);
  expect(principal).toMatchObject({ agentId: 'refund-bot', chain: ['planner-bot', 'helper-bot'] });
  await expect(key('--via', ...Array.from({ length: 17 }, () => 'a'))).rejects.toThrow(/16 agents/);
}, 60_000);
