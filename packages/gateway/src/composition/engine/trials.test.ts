import { Input, type JsonObject, ListInput } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { makeContext, makeInput } from '../../decision/testing/context.ts';
import { makeRelease } from '../../decision/testing/release.ts';
import { trialsOf } from './trials.ts';

const release = makeRelease('1.0.0+aaa');
const context = {
  contextOf: async () => makeContext(makeInput(), release),
  describedBy: (described: unknown) => described,
} as never;

async function trials(after = 0) {
  const made = [];
  for await (const trial of trialsOf(release, { context, recent: [makeInput()], samplesMax: 30, after }))
    made.push(trial);
  return made;
}

test('a release is tried with nothing that would be refused before any engine is asked', async () => {
  const made = await trials();
  expect(made.length).toBeGreaterThan(90);
  for (const { entrypoint, inputText } of made) {
    const schema = entrypoint === 'bailiff/visible' ? ListInput : Input;
    expect(schema.safeParse(JSON.parse(inputText)).success, inputText).toBe(true);
  }
});

test('a release is tried at every document that calls are decided by, and alike each time', async () => {
  const made = await trials();
  expect(new Set(made.map(({ entrypoint }) => entrypoint))).toEqual(
    new Set(['bailiff/visible', 'bailiff/decision', 'bailiff/decision_and_watched']),
  );
  expect(await trials()).toEqual(made);
  expect(new Set(made.map(({ inputText }) => inputText)).size).toBeGreaterThan(15);
});

test('whoever tried the first samples already has exactly the others left', async () => {
  const all = await trials();
  const isFirst = ({ entrypoint }: (typeof all)[number]) => entrypoint === 'bailiff/visible';
  const starts = all.flatMap((trial, index) => (isFirst(trial) ? [index] : []));
  expect(starts).toHaveLength(30);
  expect(await trials(12)).toEqual(all.slice(starts[12]));
});

test('arguments are given together and one at a time, since one that fails hides the others', async () => {
  const rule = { reads: ['input.action.args.rows', 'input.action.args.to', 'input.action.tool'] };
  const calls: JsonObject[] = [];
  const listening = {
    async contextOf({ args }: { readonly args: JsonObject }) {
      calls.push(args);
      return makeContext(makeInput(), release);
    },
    describedBy: (described: unknown) => described,
  } as never;
  const reading = { ...release, rules: new Map([['a', rule]]) } as never;
  const tried = trialsOf(reading, { context: listening, recent: [], samplesMax: 90 });
  for await (const _ of tried);
  expect(new Set(calls.map((args) => Object.keys(args).join()))).toEqual(
    new Set(['', 'rows,to', 'rows', 'to']),
  );
  const alone = calls.filter((args) => Object.keys(args).join() === 'rows');
  expect(new Set(alone.map(({ rows }) => JSON.stringify(rows))).size).toBe(7);
});
