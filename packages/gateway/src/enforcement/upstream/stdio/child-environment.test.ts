import { expect, test } from 'vitest';
import { childEnvironment } from './child-environment.ts';

test('a server’s process sees what it needs to run and what is configured, and no secrets', () => {
  const own = {
    PATH: '/bin',
    HOME: '/root',
    LANG: 'C',
    TMPDIR: '/tmp',
    AWS_SECRET: 'x',
    NODE_OPTIONS: '--inspect',
  };
  expect(childEnvironment({ KEY: 'v', LANG: 'de' }, own)).toStrictEqual({
    PATH: '/bin',
    HOME: '/root',
    TMPDIR: '/tmp',
    KEY: 'v',
    LANG: 'de',
  });
});
