import { afterEach, expect, test, vi } from 'vitest';
import { bailiffProgram } from './program.ts';

afterEach(() => vi.restoreAllMocks());

test.each<[string, string[], number]>([
  ['no command', [], 2],
  ['a command that there is not', ['conect'], 2],
  ['an option that there is not', ['doctor', '--bogus'], 2],
  ['a client that is not known', ['connect', 'emacs'], 2],
  ['a name that no client takes', ['connect', 'cursor', '--name', '1x'], 2],
  ['options that exclude each other', ['connect', 'cursor', '--key-env', 'KEY', '--agent', 'a'], 2],
  ['an option of a command within a command', ['bundle', 'build', '--bogus'], 2],
  ['its help', ['connect', '--help'], 0],
])('asked for %s, it says whether that was an error with its exit code', async (_what, words, exitCode) => {
  const ended = new Error('ended');
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw ended;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await expect(bailiffProgram().parseAsync(words, { from: 'user' })).rejects.toBe(ended);
  expect(exit.mock.calls[0]).toEqual([exitCode]);
});
