import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const never = new AbortController().signal;

test('lets no more in at once than it has places, first come first served', async () => {
  const gate = new Gate({ places: 2, waitingMax: 3 });
  const order: number[] = [];
  const comers = [1, 2, 3, 4, 5].map(async (comer) => {
    expect(await gate.enter(never)).toBe('entered');
    order.push(comer);
  });
  await Promise.all(comers.slice(0, 2));
  expect(await gate.enter(never)).toBe('full');
  gate.leave();
  await comers[2];
  expect(order).toEqual([1, 2, 3]);
  gate.leave();
  gate.leave();
  await Promise.all(comers);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test('forgets who gives up, who then holds no place', async () => {
  const gate = new Gate({ places: 1, waitingMax: 1 });
  expect(await gate.enter(AbortSignal.abort())).toBe('aborted');
  await gate.enter(never);
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal);
  controller.abort();
  expect(await waiting).toBe('aborted');
  gate.leave();
  expect(await gate.enter(never)).toBe('entered');
});
