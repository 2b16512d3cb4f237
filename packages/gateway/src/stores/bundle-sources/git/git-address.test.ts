import { describe, expect, test } from 'vitest';
import { gitAddressOf, gitFolderOf, gitWantedOf } from './git-address.ts';

test('addresses that are taken, and the one transport of each', () => {
  const protocolOf = (repository: string) => gitAddressOf(repository, '/policy').protocol;
  expect(protocolOf('https://example.org/x.git')).toBe('https');
  expect(protocolOf('ssh://git@example.org:22/x.git')).toBe('ssh');
  expect(protocolOf('git@example.org:team/x.git')).toBe('ssh');
  expect(protocolOf('http://127.0.0.1:3000/x.git')).toBe('http');
  expect(gitAddressOf('../x', '/some/policy')).toEqual({ repository: '/some/x', protocol: 'file' });
});

test.each([
  '--upload-pack=touch pwned',
  '-c',
  'ext::sh -c "touch pwned"',
  'fd::17',
  'http://example.org/x.git',
  'ftp://example.org/x.git',
  'https://name:secret@example.org/x.git',
  'ssh://-oProxyCommand=touch/x',
  'git@-oProxyCommand=touch:x',
  '-oProxyCommand=touch:x',
  'git://example.org/x',
  'https://exa mple',
])('the repository %s is refused', (repository) => {
  expect(() => gitAddressOf(repository, '/policy')).toThrow('bundle_unavailable: `repository`');
});

describe('what is fetched', () => {
  test('is a commit by its digits, a branch or tag by its name, or what a full name says', () => {
    const commit = 'a'.repeat(40);
    expect(gitWantedOf(commit)).toEqual({ kind: 'commit', commit });
    expect(gitWantedOf('v1.2')).toEqual({ kind: 'names', names: ['refs/heads/v1.2', 'refs/tags/v1.2'] });
    expect(gitWantedOf('refs/tags/v1')).toEqual({ kind: 'names', names: ['refs/tags/v1'] });
    expect(gitWantedOf('HEAD')).toEqual({ kind: 'names', names: ['HEAD'] });
  });

  test.each([
    '-x',
    '--upload-pack=x',
    'a..b',
    'a:b',
    '+main',
    'a b',
    'a~1',
    'a^',
    'x@{1}',
    'a/',
    'refs/heads/*',
    '',
  ])('is not %j', (ref) => {
    expect(() => gitWantedOf(ref)).toThrow('names no branch, tag or commit');
  });
});

test('a folder is named from the root, and nothing leads out of it', () => {
  expect(gitFolderOf('')).toBe('');
  expect(gitFolderOf('./a/b/')).toBe('a/b');
  for (const path of ['../x', 'a/../../x', 'a//b', 'a\0b', 'a/./b'])
    expect(() => gitFolderOf(path), path).toThrow('no folder within the repository');
});
