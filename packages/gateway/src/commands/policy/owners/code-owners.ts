import { Failure } from '@bailiff/contract';
import { type HandleOptions, handlesOf } from './handles.ts';
import type { OwnedPath } from './owned-paths.ts';

/** What begins and ends the lines that are made; the rest of the file is somebody else’s. */
const BEGIN =
  '# --- bundles: made by `bailiff policy owners --write` from release.yaml; edit that, not these lines ---';
const END = '# --- end of bundles ---';

/** Where a release lies in its repository, and who answers for it. */
export interface OwnedRelease {
  /** Folder of `release.yaml` from the root of the repository, empty for the root itself. */
  readonly folder: string;
  /** The file that is made, from the root of the repository. */
  readonly file: string;
  readonly paths: readonly OwnedPath[];
  /** Who answers for `release.yaml` itself and whatever lies beside the bundles; handles. */
  readonly registry: readonly string[];
}

/** The lines for a release: the last pattern that matches a file says whose it is, so the narrower ones come later. */
export function ownersBlock({ folder, file, paths, registry }: OwnedRelease, options: HandleOptions): string {
  const whole =
    registry.length === 0
      ? []
      : [
          '# The registry of bundles, and all that is no bundle.',
          lineOf(patternOf([folder]), registry),
          lineOf(`/${file}`, registry),
        ];
  const bundles = paths.flatMap(({ path, bundle, owners, approvals }) => [
    `# ${bundle}${approvals > 0 ? `: ${approvals} ${approvals === 1 ? 'approval' : 'approvals'} of its owners` : ''}`,
    lineOf(patternOf([folder, path]), handlesOf(owners, options)),
  ]);
  return [BEGIN, ...whole, ...bundles, END].map((line) => `${line}\n`).join('');
}

/**
 * A file of owners with these lines: in the place of those that it has, else at its end. Nothing else of it changes.
 * @throws Failure `bad_request` where it has the beginning without the end, or either of them twice.
 */
export function withBlock(text: string, block: string): string {
  const lines = text.split('\n');
  const at = (mark: string) => lines.flatMap((line, index) => (line.trimEnd() === mark ? [index] : []));
  const [begins, ends] = [at(BEGIN), at(END)];
  const [begin, end] = [begins[0], ends[0]];
  if (begins.length === 0 && ends.length === 0)
    return text === '' || text.endsWith('\n\n') ? text + block : `${text.replace(/\n?$/, '\n')}\n${block}`;
  if (begin === undefined || end === undefined || begins.length > 1 || ends.length > 1 || end < begin)
    throw new Failure(
      'bad_request',
      'The lines that were made before cannot be told from the others: the marks around them are not there once each. Remove them, and run this again.',
    );
  return [...lines.slice(0, begin), ...block.trimEnd().split('\n'), ...lines.slice(end + 1)].join('\n');
}

function lineOf(pattern: string, handles: readonly string[]): string {
  return `${pattern} ${handles.join(' ')}`;
}

/** A folder and all below it. @throws Failure `configuration_invalid` for a name that a pattern would not mean as it is. */
function patternOf(segments: readonly string[]): string {
  const path = segments.filter((segment) => segment !== '').join('/');
  if (path === '') return '*';
  if (path.split('/').includes('..')) {
    const outside = `The path ${JSON.stringify(path)} leads out of the repository, where no pattern of owners reaches.`;
    throw new Failure('configuration_invalid', outside);
  }
  if (/^[\w./@+-]+$/.test(path)) return `/${path}/`;
  const detail = `The path ${JSON.stringify(path)} cannot be written as a pattern of owners. Use letters, digits, dots, dashes and underscores.`;
  throw new Failure('configuration_invalid', detail);
}
