import { CATEGORIES, type Category, NAME_PATTERN } from '@bailiff/contract';

/** Which calls a bundle is evaluated for. */
export type BundleSubject =
  | { readonly kind: 'category'; readonly category: Category }
  | { readonly kind: 'team'; readonly team: string; readonly category: Category }
  | { readonly kind: 'server'; readonly server: string }
  | { readonly kind: 'subagent'; readonly subagent: string };

/** What bundles may be called, for people. */
export const BUNDLE_NAMES = `${CATEGORIES.join(', ')}, teams/<team>/<category>, servers/<name> or subagents/<name>`;

/** What a bundle of this name speaks for; undefined when no bundle may have the name. */
export function bundleSubjectOf(name: string): BundleSubject | undefined {
  const segments = name.split('/');
  const [first = '', second = '', third = ''] = segments;
  switch (segments.length) {
    case 1: {
      const category = categoryOf(first);
      return category === undefined ? undefined : { kind: 'category', category };
    }
    case 2:
      if (!isName(second)) return undefined;
      if (first === 'servers') return { kind: 'server', server: second };
      if (first === 'subagents') return { kind: 'subagent', subagent: second };
      return undefined;
    case 3: {
      const category = categoryOf(third);
      if (first !== 'teams' || !isName(second) || category === undefined) return undefined;
      return { kind: 'team', team: second, category };
    }
    default:
      return undefined;
  }
}

/** Path below `data` that a bundle owns, and its package. */
export function bundleRootOf(subject: BundleSubject): readonly string[] {
  switch (subject.kind) {
    case 'category':
      return ['policy', subject.category];
    case 'team':
      return ['teams', subject.team, subject.category];
    case 'server':
      return ['servers', subject.server];
    case 'subagent':
      return ['subagents', subject.subagent];
  }
}

/** What a rule’s id begins with in answers and records, as `compliance.` or `servers.crm.`. */
export function ruleIdPrefixOf(subject: BundleSubject): string {
  const root = bundleRootOf(subject);
  return `${(subject.kind === 'category' ? root.slice(1) : root).join('.')}.`;
}

/** Whether a bundle’s grants fill a slot: identity `who`, resource `what`, others `what` where they are registered so. */
export function mayGrant(subject: BundleSubject, registeredToGrant: boolean): boolean {
  if (subject.kind !== 'category') return registeredToGrant;
  return subject.category === 'identity' || subject.category === 'resource';
}

function isName(text: string): boolean {
  return NAME_PATTERN.test(text) && text.length <= 64;
}

function categoryOf(text: string): Category | undefined {
  return CATEGORIES.find((category) => category === text);
}
