import { randomBytes } from 'node:crypto';
import { CHAIN_MAX, PERMISSIONS, type Permission } from '@bailiff/contract';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { newApiKey } from '../context/credentials/api-keys.ts';

interface KeyOptions {
  readonly agent: string;
  readonly user: string;
  readonly via: readonly string[];
  readonly permission: readonly Permission[];
  readonly json?: true;
}

/** `bailiff key`: makes an API key, prints it once, and the entry of the configuration that makes it valid. */
export function keyCommand(): Command {
  return new Command('key')
    .description('Make an API key: it is printed once, only its SHA-256 is ever stored.')
    .option('--agent <id>', 'the agent that the key is for', 'AGENT')
    .option('--user <id>', 'the user on whose behalf it acts', '')
    .option(
      '--via <agents...>',
      'agents that handed it the task, outermost first: the first to ask comes first',
      viaNext,
      [],
    )
    .addOption(
      new Option('--permission <permissions...>', 'what it may do besides calling')
        .choices(PERMISSIONS)
        .default([]),
    )
    .option('--json', 'print key and entry as JSON')
    .action(({ agent, user, via, permission, json }: KeyOptions) => {
      const { key, sha256 } = newApiKey(randomBytes);
      const entry = {
        id: `key-${sha256.slice(0, 8)}`,
        sha256,
        agent,
        ...(via.length === 0 ? {} : { chain: via }),
        ...(user === '' ? {} : { user }),
        ...(permission.length === 0 ? {} : { permissions: permission }),
      };
      process.stdout.write(json ? `${JSON.stringify({ key, entry }, null, 2)}\n` : leaflet(key, entry));
    });
}

function viaNext(agent: string, before: readonly string[]): readonly string[] {
  if (agent === '') throw new InvalidArgumentError('A name is never empty; leave the option out instead.');
  if (before.length >= CHAIN_MAX) throw new InvalidArgumentError(`A chain has ${CHAIN_MAX} agents at most.`);
  return [...before, agent];
}

function leaflet(key: string, entry: object): string {
  const lines = stringify({ identity: { api_keys: [entry] } }, { lineWidth: 0 });
  return `${key}\n\nThis key is not shown again. It becomes valid with this in bailiff.yaml:\n\n${lines}`;
}
