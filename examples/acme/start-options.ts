import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { portOf } from '../../packages/gateway/src/commands/start.ts';

/** The example company’s configuration. */
export const COMPANY = fileURLToPath(new URL('bailiff.yaml', import.meta.url));

/** What `npm start` is asked to do. */
export interface StartOptions {
  /** Absolute path of the configuration. */
  readonly config: string;
  /** Instead of the configured one. */
  readonly port: number | undefined;
  readonly playsDemo: boolean;
}

/** Where the text goes that the options themselves ask for, and complaints about them. */
export interface Voice {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** An exit code instead of options: 0 where help was asked for, 2 where they cannot be used. Why was told. */
export type ReadOptions = StartOptions | { readonly exitCode: 0 | 2 };

/** Reads the options of `npm start -- [options]`. */
export function readStartOptions(args: readonly string[], { out, error }: Voice): ReadOptions {
  const command = new Command('npm start --')
    .description('Start the gateway with the example company, play the demo, and stay up until Ctrl-C.')
    .option('--config <file>', 'another configuration than the example company’s', COMPANY)
    .option('--port <number>', 'listen on this port instead of the configured one', portOf)
    .option('--demo', 'play the demo with another configuration too; it speaks for the company’s agents')
    .option('--no-demo', 'do not play the demo')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .configureOutput({ writeOut: out, writeErr: error })
    .exitOverride();
  try {
    command.parse(args, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { exitCode: thrown.exitCode === 0 ? 0 : 2 };
  }
  const { config, port, demo } = command.opts<{ config: string; port?: number; demo?: boolean }>();
  const file = resolve(config);
  return { config: file, port, playsDemo: demo ?? file === COMPANY };
}
