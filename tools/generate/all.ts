/** Writes everything that is generated from the contract, the cases and the commands. Regenerating must change nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../tree.ts';
import { generatedFiles } from './files.ts';

for (const [path, text] of await generatedFiles()) {
  const file = join(ROOT, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
