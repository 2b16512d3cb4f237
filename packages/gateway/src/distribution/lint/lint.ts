import type { LintFinding } from './finding.ts';
import { limitFindings } from './rules/arguments/limits.ts';
import { builtinFindings } from './rules/builtins.ts';
import { orderFindings } from './rules/comparisons/order-types.ts';
import { emptyTestFindings } from './rules/empty-tests.ts';
import { enumFindings } from './rules/enum-values.ts';
import { collectionFindings } from './rules/metadata/data-collections.ts';
import { suggestionFindings } from './rules/metadata/suggestions.ts';
import { unreadDataFindings } from './rules/metadata/unread-data.ts';
import { modeFindings } from './rules/modes.ts';
import { neverFindings } from './rules/never-fires.ts';
import { objectGetFindings } from './rules/object-get.ts';
import { type OverrideBasis, overrideFindings } from './rules/overrides.ts';
import { shapeFindings } from './rules/shapes.ts';
import { silentFindings } from './rules/silent-denials.ts';
import { testFindings } from './rules/tested.ts';
import { unrunTestFindings } from './rules/tests/unrun-tests.ts';
import type { LintSubject } from './subject.ts';

/** What the text of rules tells of what they will not do. Nothing is evaluated. */
export function lint(subject: LintSubject, overrides: OverrideBasis): readonly LintFinding[] {
  return [
    ...textFindings(subject),
    ...overrideFindings(subject, overrides),
    ...testFindings(subject),
    ...emptyTestFindings(subject),
    ...unrunTestFindings(subject),
  ];
}

/** What is told from the shipped text alone. */
export function textFindings(subject: LintSubject): readonly LintFinding[] {
  const silent = silentFindings(subject);
  return [
    ...enumFindings(subject),
    ...neverFindings(subject),
    ...orderFindings(subject),
    ...silent,
    ...limitFindings(subject, silent),
    ...builtinFindings(subject),
    ...objectGetFindings(subject),
    ...shapeFindings(subject),
    ...modeFindings(subject),
    ...suggestionFindings(subject),
    ...unreadDataFindings(subject),
    ...collectionFindings(subject),
  ];
}
