import type { Json, JsonObject, Release, ReleaseData, ReleaseDifferenceDocument } from '@bailiff/contract';
import { compare } from '../../finding.ts';
import { bundleRootOf, bundleSubjectOf } from '../../sources/bundle-name.ts';
import { valueAt } from '../../sources/document.ts';
import type { ComposedFiles } from './composed-files.ts';
import { dataDifferences, withKey } from './data-differences.ts';
import { regoDifferences } from './rego-differences.ts';

/** A release, and what its bundle holds. */
export interface Contents {
  readonly release: Pick<Release, 'data' | 'rules'>;
  readonly files: ComposedFiles;
}

/** Changes of one part that are listed; further ones are counted. */
export const CHANGES_MAX = 1_000;

type Lists = Pick<ReleaseDifferenceDocument, 'data' | 'rego'>;

/** What differs in what two releases are made of: the data of each bundle and of the catalogue, and the Rego of each bundle and of the kernel. */
export function contentsDifference(from: Contents, to: Contents): Lists {
  const bundles = [...new Set([from, to].flatMap(({ release }) => Object.keys(release.data.bundles)))].sort(
    compare,
  );
  const catalogue = ['catalogue'];
  return {
    data: [
      ...bundles.flatMap((bundle) => {
        const root = rootOf(bundle);
        const [was, is] = [bundleDataAt(from, root), bundleDataAt(to, root)];
        return listed(bundle, dataDifferences(was, is, pathOf(root)));
      }),
      ...listed(
        'catalogue',
        dataDifferences(dataAt(from, catalogue), dataAt(to, catalogue), pathOf(catalogue)),
      ),
    ],
    rego: [...bundles, 'kernel'].flatMap((part) =>
      listed(part, regoDifferences(regoOf(from, part), regoOf(to, part))),
    ),
  };
}

/** What `release.yaml` says of a release as a whole; all else that it says is told in lists of its own. */
export function manifestDifference(from: ReleaseData, to: ReleaseData): Lists['data'] {
  return listed('release', dataDifferences(ofWhole(from), ofWhole(to), 'release'));
}

function ofWhole({ categories, required, servers, subagents, teams, audit }: ReleaseData): JsonObject {
  return { categories, required, servers, subagents, teams, audit };
}

function listed<Difference>(
  part: string,
  differences: Iterable<Difference>,
): { part: string; changes: Difference[]; more: number }[] {
  const all = [...differences];
  const changes = all.slice(0, CHANGES_MAX);
  return all.length === 0 ? [] : [{ part, changes, more: all.length - changes.length }];
}

function rootOf(bundle: string): readonly string[] {
  const subject = bundleSubjectOf(bundle);
  return subject === undefined ? [bundle] : bundleRootOf(subject);
}

function pathOf(root: readonly string[]): string {
  return root.reduce(withKey, '');
}

function dataAt({ files }: Contents, path: readonly string[]): Json | undefined {
  return valueAt(files.data, path);
}

/** What a bundle says, without what its rules’ METADATA says: rules are compared by themselves. */
function bundleDataAt(contents: Contents, root: readonly string[]): Json {
  const { catalogue: _, ...data } = (dataAt(contents, root) ?? {}) as JsonObject;
  return data;
}

function regoOf({ release, files }: Contents, part: string) {
  return {
    modules: new Map([...files.modules].filter(([path]) => path.startsWith(`${part}/`))),
    rules: new Map([...release.rules].filter(([, { bundle }]) => bundle === part)),
  };
}
