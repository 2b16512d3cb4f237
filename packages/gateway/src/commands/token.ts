import { Failure, PERMISSIONS, type Permission } from '@bailiff/contract';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfiguration } from '../config.ts';
import { DEVELOPMENT_LIFETIME_MAX_SECONDS, issueDevelopmentToken } from '../context/development-issuer.ts';
import { makeDataFolder } from '../stores/data-folder.ts';
import { defaultConfigurationFile } from './places.ts';

interface TokenOptions {
  readonly agent: string;
  readonly user: string;
  readonly version: string;
  readonly via: readonly string[];
  readonly conversation: string;
  readonly permission: readonly Permission[];
  readonly ttl: number;
  readonly config: string;
}

/** `bailiff token`: prints a short-lived token of the development issuer, and nothing else, on standard output. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('Print a short-lived token for an agent, from the development issuer.')
    .requiredOption('--agent <id>', 'the agent that acts', named)
    .option('--user <id>', 'the user on whose behalf it acts', named, '')
    .option('--version <version>', 'the version of the agent', named, '')
    .option(
      '--via <agents...>',
      'agents that handed it the task, outermost first: the first to ask comes first',
      (agent: string, before: readonly string[]) => [...before, named(agent)],
      [],
    )
    .option('--conversation <name>', 'the conversation that the token is for', named, '')
    .addOption(
      new Option('--permission <permissions...>', 'what it may do besides calling')
        .choices(PERMISSIONS)
        .default([]),
    )
    .addOption(
      new Option('--ttl <duration>', 'how long it lives, as 90s, 15m or 12h; 12h at most')
        .argParser(secondsOf)
        .default(15 * 60, '15m'),
    )
    .option('--config <file>', 'configuration of the gateway it is for', defaultConfigurationFile())
    .action(async (options: TokenOptions) => {
      const { configuration, file } = await loadConfiguration(options.config);
      if (!configuration.identity.development_issuer) {
        throw new Failure(
          'forbidden',
          `The development issuer is off, so no gateway would accept the token. Set identity.development_issuer: true in ${file}, but never in production.`,
        );
      }
      const claims = {
        agentId: options.agent,
        userId: options.user,
        agentVersion: options.version,
        chain: options.via,
        conversation: options.conversation,
        permissions: options.permission,
        lifetimeSeconds: options.ttl,
      };
      await makeDataFolder(configuration.data_dir);
      process.stdout.write(`${await issueDevelopmentToken(claims, configuration.data_dir, Date.now)}\n`);
    });
}

function named(text: string): string {
  if (text === '') throw new InvalidArgumentError('A name is never empty; leave the option out instead.');
  return text;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function secondsOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? 0);
  if (seconds < 1 || seconds > DEVELOPMENT_LIFETIME_MAX_SECONDS)
    throw new InvalidArgumentError('Write it as 90s, 15m or 12h; 12h is the longest.');
  return seconds;
}
