import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleAt, releasesBegin, type SampleDelivery, sampleDelivery } from '../testing/sample-delivery.ts';

let it: SampleDelivery;
beforeEach(async () => {
  it = await sampleDelivery();
  await it.delivery.open();
});
afterEach(() => it[Symbol.asyncDispose]());

const OLGA = { by: 'olga', reason: 'refunds are refused' };
const version = () => it.ladder.current?.policyVersion ?? '';
const status = async () => {
  await it.delivery.pull();
  return it.delivery.status();
};

test('what somebody rolled back is told with who, when, why and what to do, until something newer comes', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  const left = version();
  const { at } = await it.delivery.rollBack(undefined, OLGA);
  const { held, bundles } = await status();
  const detail = `Rolled back by olga at ${at}: refunds are refused. Publish something newer, or bring it back with \`./bailiff release promote ${left} --reason …\`.`;
  expect(held).toEqual({ resource: { check: 'withdrawn', since: at, detail, findings: [] } });
  expect(bundles.find(({ name }) => name === 'resource')?.held?.check).toBe('withdrawn');
  it = await it.restarted();
  await it.delivery.open();
  expect((await status()).held, 'after a restart too').toMatchObject({ resource: { detail } });
  await it.change(bundleAt('resource', '1.2.0'));
  expect(it.delivery.status().held).toEqual({});
});

test('what is brought back is not told as taken back, and what gave way to it is', async () => {
  await it.change(bundleAt('resource', '1.1.0'));
  const left = version();
  await it.delivery.rollBack(undefined, OLGA);
  await it.delivery.promote({ version: left }, OLGA);
  expect((await status()).held).toEqual({});
});

test('of a trial that was stopped it is told who stopped it', async () => {
  await releasesBegin(it, 'watch');
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.stopTrial(OLGA);
  expect((await status()).held.resource?.detail).toMatch(
    /^Its trial was stopped by olga at .*: refunds are refused\. /,
  );
});

test('the history of each release tells who delivered, tried, promoted and left it, and why', async () => {
  const first = version();
  await releasesBegin(it, 'watch');
  await it.change(bundleAt('resource', '1.1.0'));
  await it.delivery.promote('canary', { by: 'ben', reason: 'no difference' });
  await it.delivery.promote('everyone', { by: 'ben', reason: 'fine' });
  const second = version();
  await it.delivery.rollBack(undefined, OLGA);
  it = await it.restarted();
  await it.delivery.open();
  const history = it.delivery.history();
  const told = (of: string) => history.get(of)?.map(({ kind, by, reason }) => `${kind} ${by}: ${reason}`);
  expect(told(first)).toEqual([
    'delivered policy folder: The first release.',
    'rolled_back olga: refunds are refused',
  ]);
  expect(told(second)).toEqual([
    expect.stringMatching(/^watch policy folder: .*resource/),
    'canary ben: no difference',
    'promoted ben: fine',
    'left olga: refunds are refused',
  ]);
});

test('a rollback to what never decided says so and names what did, the latest first', async () => {
  const first = version();
  await it.change(bundleAt('resource', '1.1.0'));
  const second = version();
  await it.change(bundleAt('resource', '1.2.0'));
  await expect(it.delivery.rollBack('9.9.9+none', OLGA)).rejects.toMatchObject({
    code: 'not_found',
    detail: `9.9.9+none was never in force. In force were, the latest first: ${second}, ${first}. To bring in one that is kept and never was, promote it.`,
  });
});

test.each([
  ['watch', /begins with `watch`, and goes on to `canary` or `everyone`/],
  ['nonsense', /nonsense is neither a stage \(`canary`, `everyone`\) nor a release that is kept/],
])('a promotion to %s names the stages', async (to, words) => {
  await expect(it.delivery.promote({ version: to }, OLGA)).rejects.toMatchObject({
    code: 'not_found',
    detail: expect.stringMatching(words),
  });
});
