/**
 * Tells what the suites find out about a server directly and through the gateway, and why each loss is one:
 * `node conformance/front-door/report.ts [--suite SUITE] [--server SERVER] [--prune]`. With `--prune` it takes what is lost no
 * more out of `expected-losses.yaml`.
 */
import { parseArgs } from 'node:util';
import { pruneExpected } from './losses.ts';
import { FIXTURE_NAMES, openBench, SUITE_NAMES } from './open-bench.ts';
import type { SuiteName, SuiteResult } from './suite.ts';

const { values } = parseArgs({
  options: { suite: { type: 'string' }, server: { type: 'string' }, prune: { type: 'boolean' } },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const countsOf = ({ passed, failed }: SuiteResult) => `${passed} passed, ${failed} failed`;
const serversOf = (suite: SuiteName) =>
  suite === 'active of 0.1.16' ? [...FIXTURE_NAMES, 'everything'] : FIXTURE_NAMES;

const isWanted = (name: string, only: string | undefined) => only === undefined || only === name;

const opened = await openBench();
if (typeof opened === 'string') throw new Error(opened);
await using bench = opened;
const found = new Map<SuiteName, Map<string, readonly string[]>>();
for (const suite of SUITE_NAMES.filter((name) => isWanted(name, values.suite))) {
  const bySuite = new Map<string, readonly string[]>();
  found.set(suite, bySuite);
  for (const server of serversOf(suite).filter((name) => isWanted(name, values.server))) {
    const { direct, through, losses } = await bench.compare(suite, server);
    bySuite.set(server, losses);
    say(`${suite}: ${countsOf(direct)} directly; ${countsOf(through)} through ${server}`);
    for (const loss of losses) say(`  ${loss}: ${whyIn(through, loss)}`);
  }
}
if (values.prune === true) await pruneExpected(found);

function whyIn({ scenarios }: SuiteResult, loss: string): string {
  const [scenario = ''] = loss.split(':', 1);
  const checks = scenarios.get(scenario) ?? [];
  const of = checks.find(({ id, status }) => `${scenario}:${id}` === loss && status !== 'SUCCESS');
  return of === undefined ? 'was not reached' : `${of.status} ${of.errorMessage ?? ''}`;
}
