import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { policyCheck } from '../policy/check.ts';
import { checkPackage } from './check-package.ts';
import { newPackage } from './new-package.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-package-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const check = async (name: string) => {
  const { exitCode, out } = await checkPackage(join(folder, name), { json: true });
  return { exitCode, told: JSON.parse(out) };
};

test.each([
  ['server', 'weather', 'servers/weather'],
  ['agent', 'refund-bot', 'subagents/refund_bot'],
] as const)('a new %s’s package passes its check as it is written', async (kind, name, bundle) => {
  await newPackage(kind, name, join(folder, name));
  expect(await check(name)).toMatchObject({
    exitCode: 0,
    told: { kind, name, bundle, tests: { passed: 3, failed: 0 } },
  });
});

test.each([
  ['server', ['bailiff.package.yaml', 'bailiff.package.yaml', 'bundle/bundle.yaml', 'bundle/policy.rego']],
  [
    'agent',
    [
      ...['bailiff.package.yaml', 'bailiff.package.yaml', 'bailiff.package.yaml'],
      ...['bundle/bundle.yaml', 'bundle/policy.rego'],
    ],
  ],
] as const)('what a new %s’s package leaves to be said is told, each at its row', async (kind, files) => {
  const directory = join(folder, 'draft');
  await newPackage(kind, 'draft', directory);
  const { told } = await check('draft');
  const left = told.warnings.filter(({ code }: { code: string }) => code === 'placeholder_left');
  expect(left.map(({ file }: { file: string }) => relative(directory, file))).toEqual(files);
  for (const { file, row } of left) {
    const line = (await readFile(file, 'utf8')).split('\n')[row - 1];
    expect(line).toMatch(/change.me/);
  }
  expect((await checkPackage(directory, { strict: true })).exitCode).toBe(1);
  for (const file of new Set<string>(left.map(({ file }: { file: string }) => file)))
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/change.me/g, 'weather_team'));
  expect(await check('draft')).toMatchObject({ exitCode: 0, told: { errors: [], warnings: [] } });
  expect((await checkPackage(directory, { strict: true })).exitCode).toBe(0);
  const bundle = join(directory, 'bundle');
  const linted = await policyCheck(bundle, { format: 'text', strict: true, regal: false });
  expect(linted.out).toContain('nothing found');
});

test('a check tells what lint says of the bundle: warnings with --strict, errors in any case', async () => {
  const directory = join(folder, 'weather');
  await newPackage('server', 'weather', directory);
  const rule = join(directory, 'bundle/policy.rego');
  const text = await readFile(rule, 'utf8');
  await writeFile(rule, text.replace(/deny contains .* if not is_number.*\n\n/, ''));
  await rm(join(directory, 'bundle/policy_test.rego'));
  const silent = await check('weather');
  expect(silent.exitCode).toBe(0);
  expect(silent.told.warnings).toContainEqual(
    expect.objectContaining({
      file: expect.stringMatching(/\/weather\/bundle\/policy\.rego$/),
      row: 10,
      code: 'argument_missing_silences',
    }),
  );
  await writeFile(rule, text.replace('input.action.args.count > 1', 'input.action.phase == "lst"'));
  const never = await check('weather');
  expect(never).toMatchObject({
    exitCode: 1,
    told: { errors: [{ row: 12, code: 'comparison_outside_enum' }] },
  });
});

test('a check names what the company has to declare, what is launched, and leaves nothing behind', async () => {
  await newPackage('server', 'weather', join(folder, 'weather'));
  const file = join(folder, 'weather/bailiff.package.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('data_classes: []', 'data_classes: [secret_data]'));
  const before = await readdir(join(folder, 'weather'), { recursive: true });
  const { told } = await check('weather');
  expect(told.declared).toEqual({ data_classes: ['secret_data'], regions: [] });
  expect(told.launches.weather).toMatchObject({ kind: 'package', what: 'weather-mcp@0.1.0' });
  expect(await readdir(join(folder, 'weather'), { recursive: true })).toEqual(before);
});

test('a test that fails and a key that nobody knows end with 1 and their place', async () => {
  await newPackage('server', 'weather', join(folder, 'weather'));
  const rule = join(folder, 'weather/bundle/policy.rego');
  await writeFile(rule, (await readFile(rule, 'utf8')).replace('> 1', '> 2'));
  expect(await check('weather')).toMatchObject({ exitCode: 1, told: { tests: { failed: 1 } } });
  await appendFile(join(folder, 'weather/bailiff.package.yaml'), 'may_grant: true\n');
  const refused = await check('weather');
  expect(refused.exitCode).toBe(1);
  expect(refused.told.findings).toMatchObject([
    { file: expect.stringMatching(/weather\/bailiff\.package\.yaml$/), code: 'key_unknown' },
  ]);
  expect((await check('nowhere')).told.findings).toMatchObject([
    { file: expect.stringMatching(/nowhere\/bailiff\.package\.yaml$/), code: 'package_missing' },
  ]);
});

test('a package is written over nothing, and under no name that it could not have', async () => {
  await newPackage('agent', 'writer', join(folder, 'writer'));
  const code = 'bad_request';
  await expect(newPackage('agent', 'writer', join(folder, 'writer'))).rejects.toMatchObject({ code });
  await expect(newPackage('server', 'a__b', join(folder, 'a__b'))).rejects.toMatchObject({ code });
  expect(await readdir(folder)).toEqual(['writer']);
});
