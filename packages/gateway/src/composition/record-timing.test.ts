import type { Answer } from '@bailiff/contract';
import { expect, test } from 'vitest';
import type { RecordWrite } from '../insight/metrics.ts';
import { measuredBy } from './record-timing.ts';

const answered = (outcome: Answer['outcome'], audit_required: boolean) =>
  ({ outcome, metadata: { audit_required } }) as Answer; // as much as is read of it

test.each([
  ['strict', answered('allow', false), true],
  ['buffered', answered('allow', false), false],
  ['buffered', answered('allow', true), true],
  ['buffered', answered('deny', false), true],
] as const)('a record in mode %s is told apart by whether it had to be on disk', async (mode, answer, durable) => {
  const seen: RecordWrite[] = [];
  const opened = measuredBy({ observeRecord: (write) => seen.push(write) }, mode);
  expect(await opened(answer, Promise.resolve('record'))).toBe('record');
  await expect(opened(answer, Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  expect(seen).toMatchObject([
    { durable, stored: true },
    { durable, stored: false },
  ]);
});
