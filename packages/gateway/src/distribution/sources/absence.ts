import type { BundleRegistration } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { BundleSubject } from './bundle-name.ts';

/** Why a bundle that comes from a source is not at hand. */
export type Absence =
  /** It was fetched, and is not what its registration asks for. */
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] }
  /** Nothing came. `detail` is a sentence or more, with what to do. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** Nobody asked its source. */
  | { readonly kind: 'left_out' };

/**
 * Whether a release can be without this bundle. The calls to one server or subagent are refused, and say so, until a bundle that it
 * requires has arrived; that of others waits for none of it.
 */
export function mayBeAbsent({ kind }: BundleSubject, { required, source }: BundleRegistration): boolean {
  return !required || (source !== undefined && (kind === 'server' || kind === 'subagent'));
}

/** Words of a finding about a required bundle that is not at hand; undefined where that was asked for. */
export function absenceWords(
  name: string,
  absence: Absence | undefined,
): Pick<Finding, 'code' | 'detail' | 'mend'> | undefined {
  if (absence?.kind === 'left_out') return undefined;
  const [first, ...others] = absence?.kind === 'refused' ? absence.findings : [];
  if (first !== undefined) {
    const { code, mend } = first;
    return {
      code,
      detail: `The bundle \`${name}\` was fetched and is refused: ${toldOf(name, first, others)}`,
      mend,
    };
  }
  const reason = absence?.kind === 'unavailable' ? `: ${absence.detail}` : '.';
  return {
    code: 'bundle_missing',
    detail: `The required bundle \`${name}\` could not be fetched${reason}`,
    mend: 'Make its source reachable from here.',
  };
}

/** Why a bundle is not at hand, in a sentence or more. */
export function absenceText(name: string, absence: Absence): string {
  switch (absence.kind) {
    case 'left_out':
      return 'Its source was not asked.';
    case 'unavailable':
      return absence.detail;
    case 'refused': {
      const [first, ...others] = absence.findings;
      return first === undefined ? 'It is refused.' : toldOf(name, first, others);
    }
  }
}

function toldOf(name: string, { file, row, detail }: Finding, others: readonly Finding[]): string {
  // What is said of a bundle as a whole stands at no file of it.
  const place = file === name ? '' : `${file}:${row}: `;
  return `${place}${detail}${others.length === 0 ? '' : ` (and ${others.length} more)`}`;
}
