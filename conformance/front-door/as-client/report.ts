/**
 * Tells what the suites find out about the gateway as a client of servers, and why each fault is one:
 * `node conformance/front-door/as-client/report.ts [--suite SUITE]`.
 */
import { parseArgs } from 'node:util';
import { installPeers } from '../../peers/install-peers.ts';
import { SUITE_NAMES } from '../open-bench.ts';
import { openDriver } from './open-driver.ts';
import { runAsClient } from './run-as-client.ts';

const { values } = parseArgs({ options: { suite: { type: 'string' } } });
const say = (line: string) => process.stdout.write(`${line}\n`);

const installed = await installPeers();
if (installed.kind === 'unavailable') throw new Error(installed.why);
await using driver = await openDriver();
for (const suite of SUITE_NAMES.filter((name) => values.suite === undefined || values.suite === name)) {
  const { scenarios, passed, failed, warned } = await runAsClient(installed.path, suite, driver);
  say(`${suite}: ${passed} passed, ${failed} failed, ${warned} warned in ${scenarios.size} scenarios`);
  for (const [scenario, checks] of scenarios)
    for (const { id, status, errorMessage = '', description = '' } of checks)
      if (status === 'FAILURE' || status === 'WARNING')
        say(`  ${scenario}:${id}: ${status} ${errorMessage || description}`);
}
