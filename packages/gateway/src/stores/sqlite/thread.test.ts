import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoreThread } from './thread.ts';

type Methods = { double(number: number): number; fail(what: string): never; end(code: number): void };

/** A thread that answers, fails and ends as it is asked to. */
const SOURCE = `
import { serveThread } from ${JSON.stringify(new URL('./serve-thread.ts', import.meta.url).href)};
serveThread({
  double: (number) => number * 2,
  fail: (what) => { throw Object.assign(new Error(what), { errcode: 13 }); },
  end: (code) => process.exit(code),
}, () => {});
`;

let folder: string;
let file: URL;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thread-'));
  file = pathToFileURL(join(folder, 'thread.mjs'));
  await writeFile(file, SOURCE);
});
afterEach(() => rm(folder, { recursive: true }));

test('answers come in the order of the questions, and what a method throws in words for people', async () => {
  await using thread = new StoreThread<Methods>(file, {}, () => {});
  expect(await Promise.all([1, 2, 3].map((number) => thread.ask('double', number)))).toEqual([2, 4, 6]);
  await expect(thread.ask('fail', 'secret path')).rejects.toMatchObject({
    code: 'record_unavailable',
    detail: 'The disk is full.',
  });
  expect(await thread.ask('double', 4)).toBe(8);
});

test('when the thread ends by itself, whoever waits and whoever asks later is told', async () => {
  const ends: Failure[] = [];
  await using thread = new StoreThread<Methods>(file, {}, (failure) => ends.push(failure));
  await expect(thread.ask('end', 7)).rejects.toMatchObject({
    code: 'record_unavailable',
    detail: 'The store’s thread ended.',
  });
  await expect(thread.ask('double', 1)).rejects.toMatchObject({ code: 'record_unavailable' });
  expect(ends).toHaveLength(1);
});

test('disposing lets the thread finish what it was asked', async () => {
  const ends: Failure[] = [];
  const thread = new StoreThread<Methods>(file, {}, (failure) => ends.push(failure));
  const asked = thread.ask('double', 21);
  await thread[Symbol.asyncDispose]();
  expect(await asked).toBe(42);
  expect(ends).toEqual([]);
  await expect(thread.ask('double', 1)).rejects.toMatchObject({ detail: 'The store is closed.' });
});
