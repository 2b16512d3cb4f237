import { expect, test } from 'vitest';
import { type Files, refusalsOf } from './sample-release.ts';

/** Sources that a build refuses, and for what. */
export interface Refusal {
  readonly what: string;
  /** Laid over the sample release. */
  readonly files: Files;
  /** `file:row: code` of every finding. */
  readonly found: readonly string[];
  /** Part of what the first finding says. */
  readonly says?: string;
}

/** A file of the compliance bundle, whose text begins in row 3. */
export const compliance = (text: string): Files => ({
  'compliance/x.rego': `package policy.compliance\n\n${text}\n`,
});

/** A file of the identity bundle, whose text begins in row 3. */
export const identity = (text: string): Files => ({
  'identity/x.rego': `package policy.identity\n\n${text}\n`,
});

/** A test for each: a real build refuses it with exactly these findings, each with a mend. */
export function testRefusals(refusals: readonly Refusal[]): void {
  test.each(refusals)('refuses $what', async ({ files, found, says = '' }) => {
    const findings = await refusalsOf(files);
    expect(findings.map(({ file, row, code }) => `${file}:${row}: ${code}`)).toEqual(found);
    expect(`${findings[0]?.detail} ${findings[0]?.mend}`).toContain(says);
    for (const { mend } of findings) expect(mend).not.toBe('');
  });
}
