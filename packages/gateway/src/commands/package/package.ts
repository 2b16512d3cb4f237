import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { print } from '../bundle/outcome.ts';
import { type CheckPackageOptions, checkPackage } from './check-package.ts';
import { newPackage, PACKAGE_KINDS, type PackageKind } from './new-package.ts';

/** `bailiff package`: agents and servers that ship with their policy. */
export function packageCommand(): Command {
  return new Command('package')
    .description(
      'Make and check packages: an agent or a server with its policy and tests as one thing to ship.',
    )
    .addCommand(checkCommand())
    .addCommand(newCommand())
    .addHelpText(
      'after',
      '\nExit code: 0 all is well, 1 something is refused or a test fails, 2 it could not be done.',
    );
}

function checkCommand(): Command {
  return new Command('check')
    .description(
      'Check a package on its own, lint its bundle and run its tests, as a gateway would compose it. `bundle build` checks it with everything else.',
    )
    .argument('<dir>', 'folder with bailiff.package.yaml')
    .option(
      '--strict',
      'end with exit code 1 on warnings too: of lint, and of what `package new` left to be said',
    )
    .option('--json', 'print the result as JSON')
    .action(async (dir: string, options: CheckPackageOptions) =>
      print(await checkPackage(resolve(dir), options)),
    );
}

function newCommand(): Command {
  return new Command('new')
    .description('Write a package to begin with into a folder of its own: manifest, one rule, its tests.')
    .addArgument(new Argument('<kind>', 'what it ships').choices(PACKAGE_KINDS))
    .argument('<name>', 'name of the server, as weather, or id of the agent, as refund-bot')
    .option('-o, --output <dir>', 'folder to make (default: one of that name here)')
    .action(async (kind: PackageKind, name: string, { output }: { readonly output?: string }) =>
      print(await newPackage(kind, name, resolve(output ?? name))),
    );
}
