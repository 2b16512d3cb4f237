import { Command, Option } from 'commander';
import { WITHOUT_SOURCES } from '../bundle/fetched-sources.ts';
import { print } from '../bundle/outcome.ts';
import { policyBenchCommand } from './bench/policy-bench.ts';
import { type CheckOptions, FORMATS, policyCheck } from './check.ts';
import { docsCommand } from './docs/docs.ts';
import { fmtCommand } from './fmt/fmt.ts';
import { hookCommand } from './hook/hook.ts';
import { newCommand } from './new/new.ts';
import { ownersCommand } from './owners/owners.ts';
import { reviewCommand } from './review/review.ts';
import { policyTestCommand } from './test/policy-test.ts';

/** `bailiff policy`: what helps those who write rules. */
export function policyCommand(): Command {
  return new Command('policy')
    .description('Write rules that do what they say.')
    .addCommand(newCommand())
    .addCommand(checkCommand())
    .addCommand(policyTestCommand())
    .addCommand(policyBenchCommand())
    .addCommand(fmtCommand())
    .addCommand(docsCommand())
    .addCommand(ownersCommand())
    .addCommand(reviewCommand())
    .addCommand(hookCommand())
    .addHelpText('after', '\nExit code: 0 all is well, 1 something is found, 2 it could not be done.');
}

function checkCommand(): Command {
  return new Command('check')
    .description(
      'Find what is wrong or doubtful about the bundles of a folder: what the builder refuses, and rules that will not do what their text says. docs/reference/lint explains each code.',
    )
    .argument(
      '[dir]',
      'folder with release.yaml, or of one bundle (default: the policy folder of ./bailiff.yaml, else the example’s)',
    )
    .addOption(new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text', 'text'))
    .option('--strict', 'end with exit code 1 on warnings too, those of Regal apart')
    .option('--fix', 'write the mends that are mechanical, show them, and check again')
    .option('--no-regal', 'leave out Regal where it is installed')
    .option(...WITHOUT_SOURCES)
    .action(async (dir: string | undefined, options: CheckOptions) => print(await policyCheck(dir, options)));
}
