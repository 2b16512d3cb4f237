import { Command, InvalidArgumentError } from 'commander';
import { type LoadedConfiguration, loadConfiguration } from '../config.ts';
import { openGateway } from '../main.ts';
import { defaultConfigurationFile, opaPath } from './places.ts';

/** `bailiff start`: runs the gateway until it is told to stop. */
export function startCommand(): Command {
  return new Command('start')
    .description(
      'Start the gateway and stay up until Ctrl-C. The policy folder is followed; the configuration is read now: restart it after a change to that.',
    )
    .option('--config <file>', 'configuration', defaultConfigurationFile())
    .option('--port <number>', 'listen on this port instead of the configured one', portOf)
    .option(
      '--idle-exit <seconds>',
      'end once nobody has used the gateway for so long: no request, and no `bailiff stdio` connected',
      secondsOf,
    )
    .action(async ({ config, port, idleExit }: { config: string; port?: number; idleExit?: number }) => {
      await using gateway = await openGateway(withPort(await loadConfiguration(config), port), {
        opa: opaPath(),
      });
      const stopped = stopRequested(); // Whoever reads that it listens may ask it to stop.
      process.stdout.write(`bailiff ${gateway.policyVersion()} listens on ${gateway.url}\n`);
      await (idleExit === undefined ? stopped : Promise.race([stopped, gateway.whenIdle(idleExit * 1_000)]));
    });
}

/** The configuration with another port, where one is given. */
export function withPort(loaded: LoadedConfiguration, port: number | undefined): LoadedConfiguration {
  if (port === undefined) return loaded;
  const { configuration } = loaded;
  return { ...loaded, configuration: { ...configuration, listen: { ...configuration.listen, port } } };
}

/**
 * Resolves when the process is asked to stop: Ctrl-C, SIGTERM or the terminal’s end. Further signals change nothing, since
 * one Ctrl-C comes several ways: from the terminal, from npm and from the launcher.
 */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** A port as an option gives it. @throws InvalidArgumentError */
export function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a whole number up to 65535.');
  return port;
}

/** Longest idle time, in seconds: a timer’s longest. */
const IDLE_SECONDS_MAX = 2_147_483;

/** A time as an option gives it, in seconds. @throws InvalidArgumentError */
export function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= IDLE_SECONDS_MAX))
    throw new InvalidArgumentError(`A time is a number of seconds up to ${IDLE_SECONDS_MAX}.`);
  return seconds;
}
