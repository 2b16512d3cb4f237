import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../finding.ts';
import { checkRelease } from '../lint/check/check-release.ts';
import { checkPart } from '../parts/inspect-part.ts';
import { type Files, metadata, OPA, refusalsOf, sampleRelease } from '../testing/sample-release.ts';

const TOOLS = { opa: OPA, signal: new AbortController().signal, now: new Date('2026-11-03T00:00:00Z') };
const taking = (library: string) =>
  `name: compliance\nversion: 1.0.0\nowner: privacy\nlibrary:\n  agent_clearance:${library}\n`;
const line = ({ file, row, code, mend }: Finding) => `${file}:${row}: ${code}: ${mend}`;

async function checked(files: Files): Promise<string[]> {
  await using sample = await sampleRelease(files);
  const places = { directory: sample.directory, kernel: join(sample.directory, '../kernel') };
  const { findings } = await checkRelease(places, TOOLS);
  return findings.filter(({ severity }) => severity === 'error').map(line);
}

async function checkedAlone(files: Files): Promise<string[]> {
  await using sample = await sampleRelease(files);
  const folder = join(sample.directory, 'compliance');
  const names = await readdir(folder);
  const texts = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return (await checkPart('compliance', new Map(await Promise.all(texts)), TOOLS)).map(line);
}

describe('what is wrong with a rule of the library', () => {
  test('stands at the row of the manifest that takes it, whoever says it: build, check, and check of a bundle alone', async () => {
    const files = {
      'compliance/bundle.yaml': taking(' {}'),
      'compliance/x.rego': `package policy.compliance\n\n${metadata()}deny contains "agent_clearance" if input.action.phase == "list"\n`,
    };
    const told = [
      'compliance/bundle.yaml:5: rule_id_duplicate: Give your own rule another id: the one at `library.agent_clearance` is the library’s.',
    ];
    expect((await refusalsOf(files)).map(line)).toEqual(told);
    expect(await checked(files)).toEqual(told);
    expect(await checkedAlone(files)).toEqual(told);
  });
});
