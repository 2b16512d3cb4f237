import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { McpClient, type Told } from '../faults/mcp-client.ts';
import { until } from '../faults/processes.ts';
import { expectPromisesKept, readRecord } from '../faults/record.ts';
import { metadata } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany } from './delivery-company.ts';

verifies('matrix-6');

const upstream = CountingUpstream.ofSuite();
let company: DeliveryCompany;
const ROUNDS = 3;

/** A rule that says which version it is of: what a record names as the bundle must be what was said. */
const textsOf = (minor: number) => ({
  'compliance/bundle.yaml': `name: compliance\nversion: 1.${minor}.0\nowner: privacy\n`,
  'compliance/rules.rego': `package policy.compliance\n\n${metadata(`version_${minor}`)}deny contains "of_version" if input.action.args.refuse\n`,
});

beforeAll(async () => {
  company = await openDeliveryCompany({
    upstream,
    texts: textsOf(0),
    registry: { bundles: { compliance: { path: 'compliance' } } },
  });
}, 180_000);
afterAll(() => company?.[Symbol.asyncDispose]());

test('while releases are activated and rolled back and OPA is killed, each record names the release and the bundle that decided', {
  timeout: 180_000,
}, async () => {
  const told: Told[] = [];
  let isOver = false;
  const opened = () => McpClient.open(company.gateway.url, { key: KEYS.clerk });
  const clients = await Promise.all([opened(), opened(), opened()]);
  const load = async (first: McpClient, worker: number) => {
    let client = first;
    for (let number = 0; !isOver; number++) {
      const answer = await client.call('lookup', { worker, number, refuse: number % 2 === 0 });
      // One that could not be decided about anew while OPA was gone has ended; its client opens another as soon as it can.
      if (answer.reasons[0] === 'session_unknown') client = await opened().catch(() => client);
      else told.push(answer);
    }
  };
  const workers = clients.map(load);
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      await company.write(textsOf(round));
      const pulled = company.pull();
      const opa = company.gateway.opa();
      if (opa !== undefined) process.kill(opa.pid, 'SIGKILL');
      await pulled;
      await until(`version ${round} decides`, () =>
        told.some(({ reasons }) => reasons[0] === `version_${round}`),
      );
      if (round === 2) await company.rollBack();
      await company.follows();
    }
  } finally {
    isOver = true;
    await Promise.all(workers);
  }
  const record = readRecord(company.gateway.record);
  expectPromisesKept(record, upstream, told);
  const seen = new Set<string>();
  for (const { answer } of record.decisions.values()) {
    const [version] = answer.reasons.filter((reason) => reason.startsWith('version_'));
    if (version === undefined) continue;
    const bundle = answer.metadata.bundles.compliance ?? '';
    expect(bundle).toMatch(new RegExp(`^1\\.${version.slice('version_'.length)}\\.0\\+`));
    seen.add(`${answer.metadata.policy_version} ${bundle}`);
  }
  expect(seen.size, 'a release has one version of a bundle').toBe(
    new Set([...seen].map((one) => one.split(' ')[0])).size,
  );
  expect(seen.size).toBeGreaterThanOrEqual(ROUNDS);
});
