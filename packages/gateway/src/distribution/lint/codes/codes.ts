import { BUILDER_CODES } from './builder-codes.ts';
import { CODE_PAGES, type CodePage } from './code-page.ts';
import { LEVEL_CODES } from './level-codes.ts';
import { LINT_CODES } from './lint-codes.ts';
import { MODE_CODES } from './mode-codes.ts';
import { OPA_CODES } from './opa-codes.ts';
import { PROOF_CODES } from './proof-codes.ts';

/** Every code, by where it comes from, and what it means. */
export const CODE_GROUPS: readonly {
  readonly title: string;
  readonly about: string;
  readonly codes: Readonly<Record<string, CodePage>>;
}[] = [
  {
    title: 'Lint',
    about: 'Told from the text of the rules. The release builds all the same.',
    codes: LINT_CODES,
  },
  {
    title: 'Builder',
    about: 'What the builder of a release refuses, and what it warns of.',
    codes: { ...BUILDER_CODES, ...MODE_CODES },
  },
  {
    title: 'The simple level',
    about: 'What a bundle that says `level: simple` does not do. The release does not build.',
    codes: LEVEL_CODES,
  },
  {
    title: 'Tests and cases',
    about: 'What `bailiff policy test` finds beside rules that nothing shows firing or staying silent.',
    codes: PROOF_CODES,
  },
  { title: 'OPA', about: 'What OPA says of the Rego, and Regal where it is installed.', codes: OPA_CODES },
];

/** What a code means; undefined where OPA gives one that stands in no table. */
export function pageOf(code: string): CodePage | undefined {
  return CODE_GROUPS.map(({ codes }) => (Object.hasOwn(codes, code) ? codes[code] : undefined)).find(
    (page) => page !== undefined,
  );
}

/** Where the page of a code stands in the repository. */
export function fileOfPage(code: string): string {
  return `${CODE_PAGES}/${pageOf(code) === undefined ? 'README' : code}.md`;
}
