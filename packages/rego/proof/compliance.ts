/**
 * Runs OPA's own compliance cases through packages/rego: `node packages/rego/proof/compliance.ts [--group NAME] [--note TEXT]
 * [-v]`. Ends with `compliance: P passed, F failed of N`, where F counts the listed exceptions too; fails when a case that
 * is not listed in exceptions.yaml does not pass, and when a listed one does.
 */
import { parseArgs } from 'node:util';
import { loadCases } from './compliance/cases.ts';
import { evaluateCase } from './compliance/evaluate-case.ts';
import { readExceptions } from './compliance/exceptions.ts';
import { type CaseResult, runCompliance } from './compliance/run-compliance.ts';

const { values: options } = parseArgs({
  options: {
    group: { type: 'string', multiple: true, default: [] },
    note: { type: 'string' },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
});
const isAll = options.group.length === 0 && options.note === undefined;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const cases = (await loadCases()).filter(
  ({ group, note }) =>
    (options.group.length === 0 || options.group.includes(group)) &&
    (options.note === undefined || note.includes(options.note)),
);
const { results, needless } = runCompliance(cases, await readExceptions(), evaluateCase);
const failed = results.filter(({ why }) => why !== undefined);
const unlisted = failed.filter(({ exception }) => exception === undefined);

for (const [group, members] of Map.groupBy(results, ({ group }) => group)) sayGroup(group, members);
const shown = isAll && !options.verbose ? unlisted : failed;
for (const { note, group, why, exception } of shown) {
  say(`\n${group}: ${note}\n${why}${exception === undefined ? '' : `\n(listed: ${exception})`}`);
}
if (isAll) for (const name of needless) say(`\nexceptions.yaml lists what passes: ${name}`);
say(`\n${unlisted.length} failures are not listed in exceptions.yaml`);
say(`compliance: ${results.length - failed.length} passed, ${failed.length} failed of ${results.length}`);
if (unlisted.length > 0 || (isAll && needless.length > 0)) process.exitCode = 1;

function sayGroup(group: string, members: readonly CaseResult[]): void {
  const passed = members.filter(({ why }) => why === undefined).length;
  const listed = members.filter(({ exception }) => exception !== undefined).length;
  if (passed === members.length && !options.verbose && isAll) return;
  const exceptions = listed === 0 ? '' : `, ${listed} listed`;
  say(`${group}: ${passed} of ${members.length}${exceptions}`);
}
