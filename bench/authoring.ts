/** What a rule's author waits for: `policy check` and `policy test` of 500 rules, each with a test for either way. `--rounds N`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { policyCheck } from '../packages/gateway/src/commands/policy/check.ts';
import { policyTest } from '../packages/gateway/src/commands/policy/test/policy-test.ts';
import { TWENTY_BUNDLES, writePolicy } from './delivery/generated-policy.ts';
import { median, printTable, ratio } from './report.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const RULES = TWENTY_BUNDLES.servers * TWENTY_BUNDLES.rulesEach;
/** What an author is promised, in seconds. */
const PROMISED_S = 10;

const folder = await mkdtemp(join(tmpdir(), 'bailiff-authoring-'));
try {
  await writePolicy(folder, TWENTY_BUNDLES);
  for (let server = 0; server < TWENTY_BUNDLES.servers; server++) await writeSilence(`server_${server}`);
  const work = {
    check: () => policyCheck(folder, { format: 'json', regal: false }),
    test: () => policyTest(folder, { json: true }),
  };
  const rows: string[][] = [];
  for (const [name, run] of Object.entries(work)) {
    const seconds: number[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const startedAtMs = performance.now();
      await run();
      seconds.push((performance.now() - startedAtMs) / 1_000);
    }
    const middle = median(seconds);
    rows.push([`policy ${name}`, middle.toFixed(1), Math.max(...seconds).toFixed(1)]);
    ratio(`authoring ${name} of ${RULES} rules to ${PROMISED_S} s`, middle / PROMISED_S);
  }
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)}\n`);
  printTable([`${RULES} rules`, 'median s', 'most s'], rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A test for each rule of a bundle in which it stays silent. */
async function writeSilence(server: string): Promise<void> {
  const tests = Array.from({ length: TWENTY_BUNDLES.rulesEach }, (_, index) => {
    const args = JSON.stringify({ [index === 0 ? 'amount' : `field_${index}`]: 1 });
    return `test_silent_${index} if not "too_much_${index}" in bundle.deny with input as {"action": {"tool_name": "move", "args": ${args}}}\n`;
  });
  const head = `package servers.${server}_silence_test\n\nimport data.servers.${server} as bundle\n\n`;
  await writeFile(join(folder, 'servers', server, 'silence_test.rego'), head + tests.join('\n'));
}
