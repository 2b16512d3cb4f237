import { expect, test } from 'vitest';
import type { Finding } from '../../finding.ts';
import type { ReleaseVector } from '../../releases/release-store.ts';
import type { DeliveryEvent } from '../delivery-options.ts';
import { mostThatPasses } from '../hold-back.ts';
import { heldBack } from '../words.ts';
import { HeldParts } from './held-parts.ts';

const finding = (file: string, row = 1): Finding => ({ file, row, code: 'c', detail: 'd', mend: 'm' });
const held = (findings: readonly Finding[], since = '1') =>
  heldBack({ check: 'compose', findings, blamed: [] }, since);

test('everything that is wrong with a part is kept, and not the first few of it', () => {
  const findings = Array.from({ length: 300 }, (_, row) => finding('a.rego', row + 1));
  expect(held(findings).findings).toEqual(findings);
  expect(held(findings).detail).toBe('a.rego:1: c: d — m (and 299 more)');
});

test('what is wrong is told anew once anything of it differs, and is not while nothing does', () => {
  const events: DeliveryEvent[] = [];
  const parts = new HeldParts({ onEvent: (event) => void events.push(event) });
  const first = held([finding('a.rego', 1), finding('a.rego', 2)]);
  parts.tell(new Map([['a', first]]));
  parts.tell(new Map([['a', held([finding('a.rego', 1), finding('a.rego', 2)], '2')]]));
  expect([events.length, parts.current.get('a')]).toEqual([1, first]);
  const second = held([finding('a.rego', 1), finding('a.rego', 3)], '3');
  parts.tell(new Map([['a', second]]));
  expect([events.length, parts.current.get('a')]).toEqual([2, second]);
});

test('of parts that are held back together, each is told what stands in it; of one in which nothing stands, all', async () => {
  const vector = (text: string): ReleaseVector => ({
    registry: new Map(),
    parts: new Map(
      ['a', 'b', 'c'].map((name) => [
        name,
        { files: new Map([['x.rego', Buffer.from(text)]]), place: `folders/${name}`, author: '' },
      ]),
    ),
  });
  const findings = [finding('folders/a/x.rego'), finding('folders/b/x.rego', 7)];
  const choice = await mostThatPasses({ good: vector('old'), wanted: vector('new') }, async () => ({
    ...{ kind: 'refused', check: 'compose', findings, blamed: ['a', 'b', 'c'] },
  }));
  const told = Object.fromEntries([...choice.held].map(([name, one]) => [name, one.findings]));
  expect(told).toEqual({ a: [findings[0]], b: [findings[1]], c: findings });
});
