import type { RuleAnnotation, RuleKind } from '@bailiff/contract';
import type { z } from 'zod';
import { type BundleSubject, bundleRootOf } from '../sources/bundle-name.ts';

/** A file to write: its path, with `/`, below the folder of what is drafted. */
export interface DraftFile {
  readonly path: string;
  readonly text: string;
}

/** A rule to begin with. Its texts are ours: whatever comes from elsewhere goes into data. */
export interface DraftRule {
  readonly kind: RuleKind;
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** METADATA below `custom`, the owner left out, in the order in which it is written. */
  readonly custom: Omit<z.input<typeof RuleAnnotation>, 'owner'>;
  /** What stands after `if`, one text for each body of the rule. */
  readonly bodies: readonly string[];
}

/** A rule, and tests that show it firing and staying silent. */
export interface TestedRule {
  readonly rule: DraftRule;
  readonly tests: string;
}

/** What the rules of a bundle are, before they are put into files. */
export interface DraftedRules {
  /** What the bundle is for, where nobody says it. */
  readonly purpose: string;
  readonly rules: readonly TestedRule[];
  /** Rego that the rules use, after them. */
  readonly uses?: string;
  /** Rego that the tests use, before them. */
  readonly fixture?: string;
  /** `data.yaml`, with comments; none where it is empty. */
  readonly data: string;
  /** What a reader of the README does next, in Markdown. */
  readonly next: readonly string[];
}

/** Whom a bundle belongs to, and what it is called. */
export interface BundleIdentity {
  /** As `compliance` or `servers/crm`. */
  readonly name: string;
  readonly subject: BundleSubject;
  readonly owner: string;
  /** What it is for; the kind’s own words where it is absent. */
  readonly description?: string | undefined;
}

/** How rules and tests of a bundle name what is theirs. */
export interface BundleNames {
  /** Its package, as `policy.compliance`. */
  readonly package: string;
  /** Its data, as `data.policy.compliance`. */
  readonly data: string;
  /** What its tests call it, as `compliance`. */
  readonly alias: string;
}

/** Words that Rego, or the tests of drafts, use otherwise. */
const TAKEN: ReadonlySet<string> = new Set(
  'as contains count data default else every false if import in input not null object package some true with'.split(
    ' ',
  ),
);

/** The names of a bundle. */
export function namesOf(subject: BundleSubject): BundleNames {
  const root = bundleRootOf(subject);
  const last = root.at(-1) ?? '';
  return {
    package: root.join('.'),
    data: ['data', ...root].join('.'),
    alias: TAKEN.has(last) ? `${last}_policy` : last,
  };
}
