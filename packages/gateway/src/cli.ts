/** The command line: `bailiff <command>`. One file per command in `commands/`; this one only ties them together. */
import { Failure } from '@bailiff/contract';
import { bailiffProgram } from './commands/program.ts';

try {
  await bailiffProgram().parseAsync(process.argv);
} catch (thrown) {
  // The one edge where a failure becomes words and an exit code; a defect keeps its stack.
  process.stderr.write(`${thrown instanceof Failure ? thrown.detail : (thrown as Error).stack}\n`);
  process.exitCode = 2;
}
