import { Command } from 'commander';
import { bundleCommand } from './bundle/bundle.ts';
import { connectCommand } from './clients/connect.ts';
import { corpusCommand } from './corpus/corpus.ts';
import { decideCommand } from './decide.ts';
import { decisionsCommand } from './decisions.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { keyCommand } from './key.ts';
import { loginCommand } from './login/login.ts';
import { overridesCommand } from './overrides.ts';
import { packageCommand } from './package/package.ts';
import { policyCommand } from './policy/policy.ts';
import { releaseCommand } from './release/release.ts';
import { startCommand } from './start.ts';
import { statsCommand } from './stats.ts';
import { stdioCommand } from './stdio/stdio.ts';
import { tokenCommand } from './token.ts';
import { toolsCommand } from './tools/tools.ts';
import { verifyCommand } from './verify.ts';

/** Every command, in the order in which a newcomer needs them. `docs/reference/commands.md` is made from it. */
export function bailiffProgram(): Command {
  const program = new Command('bailiff').description(
    'The policy gateway for AI agents: decided by Rego, explained, recorded.',
  );
  program.configureHelp({ showGlobalOptions: true });
  for (const command of [
    startCommand(),
    doctorCommand(),
    tokenCommand(),
    keyCommand(),
    connectCommand(),
    stdioCommand(),
    loginCommand(),
    decideCommand(),
    decisionsCommand(),
    statsCommand(),
    verifyCommand(),
    policyCommand(),
    bundleCommand(),
    packageCommand(),
    releaseCommand(),
    toolsCommand(),
    corpusCommand(),
    overridesCommand(),
  ]) {
    program.addCommand(command);
  }
  failWith(program, USAGE_EXIT_CODE);
  return program;
}

/** As of every other failure: 1 is what commands end with that found something wrong. */
const USAGE_EXIT_CODE = 2;

/** What cannot be understood ends any of the commands with this exit code; their help, when it is asked for, with 0. */
function failWith(command: Command, exitCode: number): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCode));
  for (const child of command.commands) failWith(child, exitCode);
}
