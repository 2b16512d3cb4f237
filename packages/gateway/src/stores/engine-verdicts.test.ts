import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineVerdict, EngineVerdicts, VERDICTS_FILE, VERDICTS_MAX } from './engine-verdicts.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'verdicts-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const AT = '2026-02-03T04:05:06.000Z';
const admitted: EngineVerdict = { kind: 'admitted', at: AT, compared: 240, detail: 'As OPA.' };
const refused: EngineVerdict = { kind: 'refused', at: AT, compared: 0, detail: 'It differed.' };
const path = () => join(directory, VERDICTS_FILE);
const reopened = () => new EngineVerdicts(directory);

test('what was kept is found after a restart, and nothing else', async () => {
  await new EngineVerdicts(directory).keep('a', admitted);
  expect(await reopened().find('a')).toEqual(admitted);
  expect(await reopened().find('b')).toBeUndefined();
  expect(await reopened().find('constructor')).toBeUndefined();
  expect(await readdir(directory), 'no draft is left').toEqual([VERDICTS_FILE]);
});

test('a folder that is not there yet is made', async () => {
  const below = new EngineVerdicts(join(directory, 'data', 'deep'));
  await below.keep('a', admitted);
  expect(await below.find('a')).toEqual(admitted);
});

test('a refusal is never replaced by an admission', async () => {
  const verdicts = reopened();
  await verdicts.keep('a', refused);
  await verdicts.keep('a', admitted);
  expect(await verdicts.find('a')).toEqual(refused);
  await verdicts.keep('b', admitted);
  await verdicts.keep('b', refused);
  expect(await reopened().find('b')).toEqual(refused);
});

test('of many that are kept at once none is lost, and what is asked for meanwhile is what was said last', async () => {
  const verdicts = reopened();
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const kept = keys.map((key, index) => verdicts.keep(key, index % 2 === 0 ? refused : admitted));
  expect(await verdicts.find('k38')).toEqual(refused);
  await Promise.all(kept);
  for (const [index, key] of keys.entries())
    expect((await reopened().find(key))?.kind).toBe(index % 2 === 0 ? 'refused' : 'admitted');
});

test('the oldest go, and admissions never push a refusal out', async () => {
  const verdicts = reopened();
  await verdicts.keep('refused', refused);
  for (let index = 0; index <= VERDICTS_MAX; index++) await verdicts.keep(`k${index}`, admitted);
  expect(await verdicts.find('k0')).toBeUndefined();
  expect(await verdicts.find('k1')).toEqual(admitted);
  expect(await verdicts.find('refused')).toEqual(refused);
});

describe('a file that holds something else', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', '{"a": '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a verdict of an unknown kind', '{"a":{"kind":"blessed","at":"x","compared":1,"detail":""}}'],
    ['a word', '{"a":"admitted"}'],
  ])('admits nothing, and is written anew: %s', async (_what, text) => {
    await writeFile(path(), text);
    const verdicts = reopened();
    expect(await verdicts.find('a')).toBeUndefined();
    await verdicts.keep('b', admitted);
    expect(await reopened().find('b')).toEqual(admitted);
  });

  test('does not take refusals beside it along', async () => {
    await writeFile(path(), JSON.stringify({ a: 'rubbish', b: refused }));
    expect(await reopened().find('b')).toEqual(refused);
    await reopened().keep('c', admitted);
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual({ b: refused, c: admitted });
  });
});

test('a folder that cannot be written is told, and the next verdict has its turn', async () => {
  await writeFile(join(directory, 'file'), '');
  const verdicts = new EngineVerdicts(join(directory, 'file'));
  await expect(verdicts.keep('a', admitted)).rejects.toThrow();
  await verdicts.settled();
  expect(await verdicts.find('a')).toBeUndefined();
});
