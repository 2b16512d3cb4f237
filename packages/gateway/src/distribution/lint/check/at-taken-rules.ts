import type { SourceModule } from '../../sources/folder.ts';
import type { BundleSource } from '../../sources/read-bundle.ts';
import type { LintFinding } from '../finding.ts';

/**
 * Findings about rules that a bundle takes from the library by name, at the row of `bundle.yaml` that takes them: their text is no
 * file of the bundle, and what is said of them is said there. Others stay as they are.
 */
export function atTakenRules(
  findings: readonly LintFinding[],
  bundles: readonly BundleSource[],
): LintFinding[] {
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
    // There is no `custom` in a manifest.
    const mend = finding.mend.replaceAll(' under `custom`', '');
    return {
      ...rest,
      file: document.file,
      row: document.rowOf(path),
      mend: `${mend} It is a rule of the library: write it here, under \`${path.join('.')}\`.`,
    };
  });
}

/** The folder of the library that a module is taken from; undefined where it is the bundle’s own. */
export function takenAs({ name, manifest }: BundleSource, { path }: SourceModule): string | undefined {
  return Object.keys(manifest.library).find((taken) => path.startsWith(`${name}/library/${taken}/`));
}

/** The id of the rule whose head stands at a row; empty where none does. */
function idAt({ text }: SourceModule, row: number): string {
  return /\bcontains (?:\{"id": )?"(\w+)"/.exec(text.split('\n')[row - 1] ?? '')?.[1] ?? '';
}
