import { type ExactJson, ExactNumber, readExactJson } from '../exact-json.ts';
import type { Trial } from './compare.ts';
import { blocksOf, isThere } from './generate/compile-policy.ts';

/** Trials made while one is shrunk. */
const ATTEMPTS_MAX = 300;

/** The smallest trial found that still shows what `shows` looks for. */
export async function shrink(trial: Trial, shows: (trial: Trial) => Promise<boolean>): Promise<Trial> {
  let smallest = trial;
  let attempts = 0;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smallerThan(smallest)) {
      if (++attempts > ATTEMPTS_MAX) return smallest;
      if (!(await shows(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}

function* smallerThan(trial: Trial): Generator<Trial> {
  for (const [file, text] of Object.entries(trial.modules)) {
    for (const smaller of smallerModules(text)) {
      const modules = { ...trial.modules, [file]: smaller };
      if (isThere(modules, trial.entrypoint)) yield { ...trial, modules };
    }
  }
  for (const dataText of smallerTexts(trial.dataText)) {
    if (dataText.startsWith('{')) yield { ...trial, dataText };
  }
  const { inputText, ...rest } = trial;
  if (inputText === undefined) return;
  yield rest;
  for (const smaller of smallerTexts(inputText)) yield { ...trial, inputText: smaller };
}

function* smallerModules(text: string): Generator<string> {
  const blocks = blocksOf(text);
  for (let index = blocks.length - 1; index > 0; index--) yield blocks.toSpliced(index, 1).join('\n\n');
  for (const [index, block] of blocks.entries()) {
    const lines = block.split('\n');
    for (let row = 1; row < lines.length - 1; row++) {
      yield blocks.with(index, lines.toSpliced(row, 1).join('\n')).join('\n\n');
    }
  }
}

/** Texts of the value with a member less, or a member that is smaller; longest steps first. */
function* smallerTexts(text: string): Generator<string> {
  let value: ExactJson;
  try {
    value = readExactJson(text);
  } catch {
    return;
  }
  for (const smaller of smallerValues(value)) yield writeExact(smaller);
}

function* smallerValues(value: ExactJson): Generator<ExactJson> {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return;
  if (Array.isArray(value)) {
    yield* value.length > 2 ? [value.slice(0, value.length / 2), value.slice(value.length / 2)] : [];
    for (const index of value.keys()) yield value.toSpliced(index, 1);
    for (const [index, member] of value.entries()) {
      for (const smaller of smallerValues(member)) yield value.with(index, smaller);
    }
    return;
  }
  const entries = Object.entries(value as { readonly [key: string]: ExactJson });
  for (const index of entries.keys()) yield Object.fromEntries(entries.toSpliced(index, 1));
  for (const [index, [key, member]] of entries.entries()) {
    for (const smaller of smallerValues(member))
      yield Object.fromEntries(entries.with(index, [key, smaller]));
  }
}

function writeExact(value: ExactJson): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeExact).join()}]`;
  const entries = Object.entries(value as { readonly [key: string]: ExactJson });
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${writeExact(member)}`).join()}}`;
}
