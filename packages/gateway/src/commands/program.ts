import { Command } from 'commander';
import { bundleCommand } from './bundle.ts';
import { connectCommand } from './clients/connect.ts';
import { decideCommand } from './decide.ts';
import { decisionsCommand } from './decisions.ts';
import { doctorCommand } from './doctor.ts';
import { keyCommand } from './key.ts';
import { loginCommand } from './login/login.ts';
import { startCommand } from './start.ts';
import { statsCommand } from './stats.ts';
import { stdioCommand } from './stdio/stdio.ts';
import { tokenCommand } from './token.ts';
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
    bundleCommand(),
  ]) {
    program.addCommand(command);
  }
  return program;
}
