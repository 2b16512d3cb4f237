import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReleaseDifference } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { releaseDifference } from '../../releases/release-difference.ts';
import { releasesBegin, type SampleDelivery, sampleDelivery } from '../testing/sample-delivery.ts';

const pem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
const PINS = (digit: string) => `everything: { echo: "${digit.repeat(64)}" }\n`;

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await it.sample.write({ 'pins.yaml': PINS('0'), 'ada.pem': String(pem()) });
  await said((text) =>
    text.concat(
      'tool_pins: pins.yaml\n',
      'keys: { k1: { file: ada.pem, person: ada } }\n',
      'servers: { everything: { transport: stdio, command: node, args: [one.js], region: eu } }\n',
    ),
  );
  await releasesBegin(it, 'watch');
  await it.delivery.open();
});
afterEach(() => it[Symbol.asyncDispose]());

async function said(change: (text: string) => string): Promise<void> {
  const text = await readFile(join(it.sample.directory, 'release.yaml'), 'utf8');
  const changed = change(text);
  expect(changed, 'the text to change is there').not.toBe(text);
  await it.sample.write({ 'release.yaml': changed });
}

const OPERATOR = { by: 'olga', reason: 'a test' };
const active = () => it.ladder.current?.policyVersion;

const ALONE: readonly [string, keyof ReleaseDifference, string, () => Promise<void>, string][] = [
  [
    'who answers for a bundle',
    'registrations',
    'compliance',
    () => said((text) => text.replace('{ path: compliance }', '{ path: compliance, owners: [ada, ben] }')),
    'registration of compliance',
  ],
  [
    'how many approvals a bundle needs',
    'registrations',
    'resource',
    () =>
      said((text) =>
        text.replace('{ path: resource }', '{ path: resource, owners: [ada, ben], approvals: 1 }'),
      ),
    'registration of resource',
  ],
  ['a key behind its name', 'keys', 'k1', () => it.sample.write({ 'ada.pem': String(pem()) }), 'key k1'],
  [
    'the pin of a tool',
    'tool_pins',
    'everything.echo',
    () => it.sample.write({ 'pins.yaml': PINS('1') }),
    'pin of everything.echo',
  ],
  [
    'how a server is launched',
    'launches',
    'everything',
    () => said((text) => text.replace('one.js', 'two.js')),
    'launch of everything',
  ],
];

test.each(
  ALONE,
)('%s is a release of its own: told apart, tried, promoted and gone back from', async (_what, list, name, change, reason) => {
  const before = it.ladder.current;
  await change();
  await it.delivery.pull();
  const { trial } = it.ladder;
  if (before === undefined || trial === undefined) throw new Error('Nothing is on trial.');
  expect([trial.stage, active()]).toEqual(['watch', before.policyVersion]);
  const { from, to, ...lists } = releaseDifference(before, trial.release);
  expect(from).not.toBe(to);
  const changed = Object.entries(lists).filter(([, changes]) => changes.length > 0);
  expect(changed.map(([key, changes]) => [key, changes.map((one) => one.name)])).toEqual([[list, [name]]]);
  const note = (await it.delivery.notes()).find(({ policy_version }) => policy_version === to);
  expect(note?.reason).toBe(`release.yaml or what it names (${reason})`);

  await it.delivery.promote('everyone', OPERATOR);
  expect(active()).toBe(to);
  await it.delivery.rollBack(undefined, OPERATOR);
  await it.delivery.pull();
  expect([active(), it.ladder.trial]).toEqual([from, undefined]);
  expect(it.delivery.status().held).toMatchObject({ 'release.yaml': { check: 'withdrawn' } });
});

test('a comment is no release, outlives a restart, and is not lost by going back to a release of before it', async () => {
  const before = active();
  const keptText = () =>
    Buffer.from(it.releases.kept.get(before ?? '')?.vector.registry.get('release.yaml') ?? '').toString();
  await said((text) => `# for auditors\n${text}`);
  await it.delivery.pull();
  expect([active(), it.ladder.trial, it.delivery.status().held]).toEqual([before, undefined, {}]);
  expect(keptText()).toContain('# for auditors');
  await said((text) => text.replace('one.js', 'two.js'));
  await it.delivery.pull();
  await it.delivery.promote('everyone', OPERATOR);
  await it.delivery.rollBack(undefined, OPERATOR);
  await said((text) => text.replace('two.js', 'one.js'));
  await it.delivery.pull();
  expect([active(), it.delivery.status().held]).toEqual([before, {}]);
});
