import { expect, test } from 'vitest';
import { compliance } from '../../testing/refusal.ts';
import { metadata, OPA, sampleRelease } from '../../testing/sample-release.ts';
import { NOW } from '../testing/lint-bundle.ts';
import { checkRelease } from './check-release.ts';
import { withoutSchemas } from './without-schemas.ts';

async function errorsIn(text: string): Promise<string[]> {
  await using sample = await sampleRelease(compliance(text));
  const places = { directory: sample.directory, kernel: `${sample.directory}/../kernel` };
  const tools = { opa: OPA, signal: new AbortController().signal, now: NOW };
  const { findings } = await checkRelease(places, tools);
  return findings.flatMap(({ severity, row, code }) => (severity === 'error' ? [`${row}: ${code}`] : []));
}

test.each([
  ['a list further in', '# schemas:\n#   - input: schema.input\n'],
  ['a list as far in as its key', '# schemas:\n# - input: schema.input\n'],
  ['one row', '# schemas: [{ input: schema.input }]\n'],
])('METADATA that names schemas in %s, as plain OPA needs it, is checked like any other', async (_what, schemas) => {
  const rows = schemas.split('\n').length - 1;
  const of = (value: string) =>
    errorsIn(
      `${metadata().replace('# custom:', `${schemas}# custom:`)}deny contains "x" if input.context.turn_count == ${value}`,
    );
  expect(await of('60')).toEqual([]);
  expect(await of('"60"')).toEqual([`${8 + rows}: input_type_mismatch`]);
});

test('nothing but the schemas is taken out', () => {
  const text =
    '# METADATA\n# schemas:\n#   - input: schema.input\n#\n# title: a\n\n#schemas are good\nallow if true # schemas: x\n';
  expect(withoutSchemas(text)).toBe(
    '# METADATA\n# schemas: []\n#\n#\n# title: a\n\n#schemas are good\nallow if true # schemas: x\n',
  );
});
