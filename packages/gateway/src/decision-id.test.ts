import { expect, test } from 'vitest';
import { newDecisionId } from './decision-id.ts';

test('an id is a UUID of version 7 that tells when it was made', () => {
  const nowMs = Date.UTC(2026, 4, 1, 12);
  const id = newDecisionId(nowMs);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(nowMs);
});

test('ids of one moment differ, and later ones sort behind earlier ones', () => {
  const nowMs = Date.UTC(2026, 4, 1, 12);
  expect(new Set(Array.from({ length: 1_000 }, () => newDecisionId(nowMs))).size).toBe(1_000);
  expect(newDecisionId(nowMs) < newDecisionId(nowMs + 1)).toBe(true);
});

test('a clock that stands before 1970 or beyond 2^48 still gives an id of the same form', () => {
  for (const nowMs of [-1, 2 ** 50]) expect(newDecisionId(nowMs)).toMatch(/^[0-9a-f-]{36}$/);
});
