import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findExecutable } from './executable.ts';

test('an executable is found in the folders of PATH, in their order', async () => {
  expect(await findExecutable('node', `/nowhere:${dirname(process.execPath)}`)).toBe(
    join(dirname(process.execPath), 'node'),
  );
});

test('a folder is no executable, and the refusal names key and mend', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-executable-'));
  try {
    await expect(findExecutable(folder, '')).rejects.toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringMatching(/^engine\.opa: .* Name an OPA there or in BAILIFF_OPA\.$/),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
