import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { OPA, sampleRelease } from '../../../distribution/testing/sample-release.ts';
import { policyHook } from './hook.ts';
import { hookScript } from './hook-script.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

/** Seven commands are started one after the other. */
const HOOKS_TIMEOUT_MS = 180_000;

async function repository() {
  const sample = await sampleRelease();
  const root = dirname(sample.directory);
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-C', root, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BAILIFF_INSTALL: 'never' },
    }).toString();
  git('init', '--quiet');
  return { ...sample, root, git };
}

describe('the hook', () => {
  test(
    'keeps back a commit whose policy does not pass as it is staged, and lets others go',
    async () => {
      await using sample = await repository();
      const { out } = await policyHook(join(sample.directory, 'compliance'), { write: true });
      expect(out).toMatch(
        /^wrote .*\.git\/hooks\/pre-commit: commits that change policy\/compliance are checked\n$/,
      );
      sample.git('add', '.');
      sample.git('commit', '--quiet', '-m', 'first');
      await writeFile(join(sample.root, 'notes.txt'), 'x\n');
      await sample.write({ 'compliance/x.rego': 'package   policy.compliance\nlimit:=5\n' });
      sample.git('add', 'notes.txt');
      sample.git('commit', '--quiet', '-m', 'what is not policy');
      sample.git('add', '.');
      expect(() => sample.git('commit', '--quiet', '-m', 'ugly')).toThrow(
        /policy fmt policy\/compliance, and stage/,
      );
      // What lies in the working tree mends nothing of what is staged.
      await sample.write({ 'compliance/x.rego': 'package policy.compliance\n\nlimit := 5\n' });
      expect(() => sample.git('commit', '--quiet', '-m', 'still ugly')).toThrow();
      await sample.write({
        'compliance/x.rego': 'package policy.compliance\n\ndeny contains "x" if input.user.id == "x"\n',
      });
      sample.git('add', '.');
      expect(() => sample.git('commit', '--quiet', '-m', 'wrong')).toThrow(
        /x\.rego:3: error rule_metadata_missing/,
      );
      expect(sample.git('log', '--format=%s').trim().split('\n')).toEqual(['what is not policy', 'first']);
    },
    HOOKS_TIMEOUT_MS,
  );

  test('of somebody else is left alone', async () => {
    await using sample = await repository();
    const file = join(sample.root, '.git/hooks/pre-commit');
    await writeFile(file, '#!/bin/sh\nexit 0\n');
    await expect(policyHook(sample.directory, { write: true })).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect(await readFile(file, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  test('of somebody else takes the printed lines, does all that it did, and is left alone with them', async () => {
    await using sample = await repository();
    const file = join(sample.root, '.git/hooks/pre-commit');
    const { out } = await policyHook(sample.directory, {});
    const own = `#!/bin/sh\n${out}echo after > "$PWD/ran"\n`;
    await writeFile(file, own);
    await chmod(file, 0o755);
    await writeFile(join(sample.root, 'notes.txt'), 'x\n');
    sample.git('add', 'notes.txt');
    sample.git('commit', '--quiet', '-m', 'what is not policy');
    expect(await readFile(join(sample.root, 'ran'), 'utf8')).toBe('after\n');
    await rm(join(sample.root, 'ran'));
    await sample.write({ 'compliance/x.rego': 'package   policy.compliance\nlimit:=5\n' });
    sample.git('add', '.');
    expect(() => sample.git('commit', '--quiet', '-m', 'ugly')).toThrow(/, and stage what it writes/);
    expect(existsSync(join(sample.root, 'ran'))).toBe(false);
    await expect(policyHook(sample.directory, { write: true })).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect(await readFile(file, 'utf8')).toBe(own);
  });

  test('is renewed where it was made here, and left alone where somebody added to it', async () => {
    await using sample = await repository();
    const file = join(sample.root, '.git/hooks/pre-commit');
    await policyHook(sample.directory, { write: true });
    await policyHook(join(sample.directory, 'compliance'), { write: true });
    const made = await readFile(file, 'utf8');
    expect(made).toContain("folder='policy/compliance'");
    await writeFile(file, `${made}make lint\n`);
    await expect(policyHook(sample.directory, { write: true })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  test('is not put where other repositories have theirs', async () => {
    await using sample = await repository();
    await using other = await repository();
    const shared = join(other.root, 'hooks');
    await mkdir(shared);
    sample.git('config', 'core.hooksPath', shared);
    await expect(policyHook(sample.directory, { write: true })).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining('outside it'),
    });
    await symlink(shared, join(sample.root, 'linked'));
    sample.git('config', 'core.hooksPath', 'linked');
    await expect(policyHook(sample.directory, { write: true })).rejects.toThrow();
    sample.git('config', '--unset', 'core.hooksPath');
    const home = process.env.HOME;
    await writeFile(join(other.root, '.gitconfig'), `[core]\n\thooksPath = ${shared}\n`);
    process.env.HOME = other.root;
    try {
      await expect(policyHook(sample.directory, { write: true })).rejects.toThrow();
    } finally {
      if (home === undefined) delete process.env.HOME;
      else process.env.HOME = home;
    }
    expect(await readdir(shared)).toEqual([]);
  });

  test('goes where git looks for hooks', async () => {
    await using sample = await repository();
    sample.git('config', 'core.hooksPath', 'hooks here');
    await policyHook(sample.directory, { write: true });
    expect(await readFile(join(sample.root, 'hooks here/pre-commit'), 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  });

  test('takes names as they are, whatever is in them', () => {
    const script = hookScript({ bailiff: "/a b/bail'iff", folder: '$(rm x)"' });
    expect(script).toContain(`bailiff=\${BAILIFF:-'/a b/bail'\\''iff'}`);
    expect(script).toContain(`folder='$(rm x)"'`);
  });
});
