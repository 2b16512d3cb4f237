import { TakenRule } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { SourceModule } from '../sources/folder.ts';
import type { BundleSource } from '../sources/read-bundle.ts';

/**
 * Findings about rules that a bundle takes from the library by name, at the row of `bundle.yaml` that takes them, without a mechanical
 * mend: their text is no file of the bundle, and what is said of them is said there. Others stay as they are.
 */
export function atTakenRules<Found extends Finding & { readonly fix?: unknown }>(
  findings: readonly Found[],
  bundles: readonly BundleSource[],
): (Found | Omit<Found, 'fix'>)[] {
  const takers = new Map(
    bundles.flatMap((bundle) =>
      [...bundle.modules, ...bundle.tests].flatMap((module) => {
        const taken = takenAs(bundle, module);
        return taken === undefined ? [] : [[module.file, { bundle, module, taken }] as const];
      }),
    ),
  );
  return findings.map((finding) => {
    const taker = takers.get(finding.file);
    if (taker === undefined) return finding;
    const { bundle, module, taken } = taker;
    const { fix: _, ...rest } = finding;
    const document = bundle.manifestDocument;
    const id = idAt(module, finding.row);
    const isSaidAlone = Object.hasOwn(bundle.manifest.library[taken]?.rules ?? {}, id);
    const path = ['library', taken, ...(isSaidAlone ? ['rules', id] : [])];
    return {
      ...rest,
      file: document.file,
      row: document.rowOf(path),
      mend: mendOf(finding, path.join('.')),
    };
  });
}

/** The folder of the library that a module is taken from; undefined where it is the bundle’s own. */
export function takenAs({ name, manifest }: BundleSource, { path }: SourceModule): string | undefined {
  return Object.keys(manifest.library).find((taken) => path.startsWith(`${name}/library/${taken}/`));
}

/** What a manifest may say of a rule that it takes. */
const SAID = new RegExp(`\`(?:custom\\.)?(?:${Object.keys(TakenRule.shape).join('|')})\\b`);

function mendOf({ code, mend }: Finding, path: string): string {
  if (code === 'rule_id_duplicate')
    return `Give your own rule another id: the one at \`${path}\` is the library’s.`;
  // There is no `custom` in a manifest.
  return SAID.test(mend)
    ? `${mend.replaceAll(' under `custom`', '')} It is a rule of the library: write it here, under \`${path}\`.`
    : `${mend} It is a rule of the library: mend what it meets here, or take it out of \`library\`.`;
}

/** The id of the rule whose head stands at a row; empty where none does. */
function idAt({ text }: SourceModule, row: number): string {
  return /\bcontains (?:\{"id": )?"(\w+)"/.exec(text.split('\n')[row - 1] ?? '')?.[1] ?? '';
}
