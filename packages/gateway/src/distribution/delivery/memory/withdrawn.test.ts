import { expect, test } from 'vitest';
import type { DeliveryState, ReleaseVector, TakenBack } from '../../releases/release-store.ts';
import { differingParts, REGISTRY } from '../target.ts';
import { withdrawalsIn, withdrawnBy, withdrawnFrom, withoutWithdrawn } from './withdrawn.ts';

const vector = (registry: string, parts: Readonly<Record<string, string>>): ReleaseVector => ({
  registry: new Map([[REGISTRY, Buffer.from(registry)]]),
  parts: new Map(
    Object.entries(parts).map(([name, text]) => [
      name,
      { files: new Map([['a.rego', Buffer.from(text)]]), place: name, author: '' },
    ]),
  ),
});
const TOLD: TakenBack = {
  ...{ kind: 'rolled_back', by: 'olga', reason: 'it is broken', at: '2026-02-03T04:05:06.000Z' },
  policy_version: '1.0.0+left',
};
const NOTHING_KNOWN = { left: new Map<string, string>(), target: new Map<string, string>() };
const withdraw = (from: ReleaseVector, to: ReleaseVector, before: DeliveryState['withdrawn']) =>
  withdrawnBy({ left: from, target: to, told: TOLD, means: NOTHING_KNOWN }, before);
const same = (left: ReleaseVector, right: ReleaseVector) => expect(differingParts(left, right)).toEqual([]);

const old = vector('r1', { a: '1', b: '1' });
const left = vector('r1', { a: '2', b: '1' });

test('what was taken back is not taken up again, until it is something else', () => {
  const withdrawn = withdraw(left, old, {});
  expect(Object.keys(withdrawn)).toEqual(['a']);
  same(withoutWithdrawn(left, old, withdrawn), old);
  const next = vector('r1', { a: '3', b: '1' });
  same(withoutWithdrawn(next, old, withdrawn), next);
});

test('others go on being taken up meanwhile', () => {
  const withdrawn = withdraw(left, old, {});
  same(withoutWithdrawn(vector('r1', { a: '2', b: '2' }), old, withdrawn), vector('r1', { a: '1', b: '2' }));
});

test('a server that was added with its registry goes with it, bundle and all', () => {
  const added = vector('r2', { a: '1', b: '1', 'servers/x': '1' });
  const withdrawn = withdraw(added, old, {});
  expect(Object.keys(withdrawn).sort()).toEqual([REGISTRY, 'servers/x']);
  same(withoutWithdrawn(added, old, withdrawn), old);
});

test('another registry does not bring back what was added and taken back, until that is newer or no longer named', () => {
  const withdrawn = withdraw(vector('r2', { a: '1', b: '1', 'servers/x': '1' }), old, {});
  const edited = vector('r3', { a: '1', b: '2', 'servers/x': '1' });
  same(withoutWithdrawn(edited, old, withdrawn), vector('r1', { a: '1', b: '2' }));
  const told = withdrawnFrom(edited, withoutWithdrawn(edited, old, withdrawn), withdrawn);
  expect(Object.fromEntries(told)).toMatchObject({
    [REGISTRY]: { ...TOLD, brings: 'servers/x' },
    'servers/x': TOLD,
  });
  const newer = vector('r3', { a: '1', b: '2', 'servers/x': '2' });
  same(withoutWithdrawn(newer, old, withdrawn), newer);
  const without = vector('r3', { a: '1', b: '2' });
  same(withoutWithdrawn(without, old, withdrawn), without);
});

test('a bundle that was removed comes back with the registry that names it', () => {
  const removed = vector('r2', { a: '1' });
  same(withoutWithdrawn(removed, old, withdraw(removed, old, {})), old);
});

test('what somebody goes to is wanted, though it was taken back before', () => {
  const withdrawn = withdraw(left, old, {});
  const again = withdraw(old, left, withdrawn);
  same(withoutWithdrawn(left, left, again), left);
  same(withoutWithdrawn(old, left, again), left);
});

test('of one part so many are remembered and no more', () => {
  let withdrawn = {};
  for (let index = 0; index < 80; index++)
    withdrawn = withdraw(vector('r1', { a: `x${index}`, b: '1' }), old, withdrawn);
  expect(Object.values(withdrawn)).toMatchObject([{ length: 50 }]);
});

test('a bundle by the name of what every object has is like any other', () => {
  const own = vector('r1', { constructor: '1', toString: '1' });
  same(withoutWithdrawn(own, vector('r1', {}), {}), own);
  expect(Object.keys(withdraw(own, vector('r1', {}), {}))).toEqual(['constructor', 'toString']);
});

test('what was taken away is back, and stays until it is taken away with another registry', () => {
  const both = vector('r1', { a: '1', 'teams/cx/compliance': '1' });
  const less = vector('r1', { a: '1' });
  const withdrawn = withdraw(less, both, {});
  same(withoutWithdrawn(less, both, withdrawn), both);
  const without = vector('r2', { a: '1' });
  same(withoutWithdrawn(without, both, withdrawn), without);
});

test('without anything that was in force, what was taken back is not there', () => {
  const withdrawn = withdraw(left, old, {});
  const nothing = { registry: new Map(), parts: new Map() };
  expect([...withoutWithdrawn(left, nothing, withdrawn).parts.keys()]).toEqual(['b']);
});

test('of what is found again it is known who took it back, when and why', () => {
  const withdrawn = withdraw(left, old, {});
  expect([...withdrawalsIn(left, withdrawn)]).toMatchObject([['a', TOLD]]);
  expect([...withdrawalsIn(vector('r1', { a: '3', b: '1' }), withdrawn)]).toEqual([]);
});
