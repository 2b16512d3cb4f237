import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('whoever wants a turn of the event loop has one of its own, in the order in which they came', async () => {
  const turns = new Turns();
  let loop = 0;
  let isOver = false;
  const count = () => {
    loop += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const seen = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      await turns.next();
      return loop;
    }),
  );
  isOver = true;
  expect(new Set(seen).size).toBe(4);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});
