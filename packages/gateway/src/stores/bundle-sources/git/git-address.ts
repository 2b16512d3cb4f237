import { resolve } from 'node:path';
import type { BundleOrigin } from '@bailiff/contract';
import { unavailable } from '../unavailable.ts';
import { hostOf, isLoopbackHost } from '../web/address-zone.ts';

export type GitOrigin = Extract<BundleOrigin, { kind: 'git' }>;

/** How `git` is told to reach a repository. */
export interface GitAddress {
  /** Never begins with `-`, and names no helper program. */
  readonly repository: string;
  /** The one transport that it may use, as in `GIT_ALLOW_PROTOCOL`. */
  readonly protocol: 'file' | 'https' | 'http' | 'ssh';
}

/** What is asked of a repository. */
export type GitWanted =
  | { readonly kind: 'commit'; readonly commit: string }
  /** Full names; the first that there is, is meant, and there must be no second. */
  | { readonly kind: 'names'; readonly names: readonly string[] };

/**
 * The address of a source’s repository. Relative paths are relative to `directory`.
 * @throws Failure `bundle_unavailable` for one that would make `git` run or reach something else than a repository.
 */
export function gitAddressOf(repository: string, directory: string): GitAddress {
  if (repository.startsWith('-') || UNSEEN.test(repository))
    throw unavailable('`repository` is no address.', MEND_ADDRESS);
  if (/^[\w.+-]+::/.test(repository))
    throw unavailable('`repository` names a program of git’s, which is not run.', MEND_ADDRESS);
  if (/^[a-z][a-z\d.+-]*:\/\//i.test(repository)) return urlAddress(repository);
  // As git has it: a colon before the first slash is `host:path` over ssh.
  if (/^[^/]+:/.test(repository)) {
    if (/^(?:[^/:@]*@)?-/.test(repository)) throw unavailable('`repository` is no address.', MEND_ADDRESS);
    return { repository, protocol: 'ssh' };
  }
  return { repository: resolve(directory, repository), protocol: 'file' };
}

/** What a source’s `ref` asks for. @throws Failure `bundle_unavailable` for what is no name of a branch, tag or commit. */
export function gitWantedOf(ref: string): GitWanted {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) return { kind: 'commit', commit: ref };
  if (ref.length > 255 || !REF.test(ref) || REF_REFUSED.test(ref))
    throw unavailable(
      `\`ref\` ${JSON.stringify(ref)} names no branch, tag or commit.`,
      'Write a branch, a tag, or the 40 digits of a commit.',
    );
  if (ref === 'HEAD' || ref.startsWith('refs/')) return { kind: 'names', names: [ref] };
  return { kind: 'names', names: [`refs/heads/${ref}`, `refs/tags/${ref}`] };
}

/** A folder within a repository, without slashes around it. @throws Failure `bundle_unavailable` for what is none. */
export function gitFolderOf(path: string): string {
  const folder = path.replace(/^(?:\.?\/)+|\/+$/g, '');
  if (folder === '' || folder === '.') return '';
  if (UNSEEN.test(folder) || folder.split('/').some((segment) => ['', '.', '..'].includes(segment)))
    throw unavailable(
      '`path` is no folder within the repository.',
      'Write it from the repository’s root, without dots.',
    );
  return folder;
}

function urlAddress(repository: string): GitAddress {
  const url = URL.parse(repository);
  if (url === null) throw unavailable('`repository` is no address.', MEND_ADDRESS);
  const host = hostOf(url);
  if (url.password !== '')
    throw unavailable(
      '`repository` holds a password.',
      'Take it out, and use an SSH key or a credential helper of git’s.',
    );
  switch (url.protocol) {
    case 'https:':
      return { repository, protocol: 'https' };
    case 'ssh:':
      if (host === '' || host.startsWith('-') || url.username.startsWith('-')) break;
      return { repository, protocol: 'ssh' };
    case 'file:':
      return { repository, protocol: 'file' };
    case 'http:':
      if (isLoopbackHost(host)) return { repository, protocol: 'http' };
      throw unavailable(
        '`repository` is reached over plain HTTP.',
        'Use https or ssh; plain HTTP is for loopback.',
      );
  }
  throw unavailable('`repository` is no address that is used here.', MEND_ADDRESS);
}

const MEND_ADDRESS = 'Write an https or ssh address, `user@host:path`, or the path of a folder.';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What git takes as a name, less what means something in a refspec. @see git-check-ref-format(1) */
const REF = /^[\w][\w./+#=@%,-]*$/;
const REF_REFUSED = /\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/;
