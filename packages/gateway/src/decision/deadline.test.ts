import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadline } from './deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('passes when the time is up', () => {
  using deadline = new Deadline(new AbortController().signal, 250);
  vi.advanceTimersByTime(249);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.aborted).toBe(true);
});

test('passes with its parent, before or after it was made', () => {
  const parent = new AbortController();
  using deadline = new Deadline(parent.signal, 250);
  parent.abort(new Error('gone'));
  expect(deadline.signal.reason).toMatchObject({ message: 'gone' });
  using late = new Deadline(parent.signal, 250);
  expect(late.signal.aborted).toBe(true);
});

test('leaves nothing behind, and ends what still waits on it', () => {
  const parent = new AbortController();
  let signal: AbortSignal;
  {
    using deadline = new Deadline(parent.signal, 250);
    signal = deadline.signal;
  }
  expect(signal.aborted).toBe(true);
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
