import type { Catalogue, CatalogueTool, ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { DocumentPath, SourceDocument } from './document.ts';

/**
 * A subagent stands in the catalogue, which says what it does, and has a bundle, which says how it may be used. With one of
 * the two it would be refused at every call, or be governed by facts that nobody stated.
 */
export function subagentFindings(
  { bundles }: Pick<ReleaseManifest, 'bundles'>,
  { subagents }: Catalogue,
  documents: { readonly manifest: SourceDocument; readonly catalogue: SourceDocument },
): Finding[] {
  const { manifest, catalogue } = documents;
  const without = Object.keys(subagents)
    .filter((subagent) => !Object.hasOwn(bundles, `subagents/${subagent}`))
    .map((subagent) => ({
      file: catalogue.file,
      row: catalogue.rowOf(['subagents', subagent]),
      code: 'subagent_unregistered',
      detail: `The subagent \`${subagent}\` has no bundle in release.yaml.`,
      mend: `Register \`subagents/${subagent}\`.`,
    }));
  const unlisted = Object.keys(bundles)
    .filter((name) => name.startsWith(SUBAGENTS) && !Object.hasOwn(subagents, name.slice(SUBAGENTS.length)))
    .map((name) => ({
      file: manifest.file,
      row: manifest.rowOf(['bundles', name]),
      code: 'subagent_not_in_catalogue',
      detail: `The catalogue has no subagent \`${name.slice(SUBAGENTS.length)}\`.`,
      mend: 'List it there under `subagents` with its effects, or remove its bundle.',
    }));
  return [...without, ...unlisted];
}

const SUBAGENTS = 'subagents/';

/** A class or region that is named somewhere. */
export interface Named {
  readonly kind: 'data_classes' | 'regions';
  readonly name: string;
  readonly path: DocumentPath;
}

/** A class or region that nothing declares is a typing error: rules would compare with it and never find it equal. */
export function catalogueFindings(catalogue: Catalogue, document: SourceDocument): Finding[] {
  return [...namedIn(catalogue)]
    .filter(({ kind, name }) => !Object.hasOwn(catalogue[kind], name))
    .map(({ kind, name, path }) => ({
      file: document.file,
      row: document.rowOf(path),
      code: kind === 'regions' ? 'region_unknown' : 'data_class_unknown',
      detail: `\`${name}\` is not declared under \`${kind}\`.`,
      mend: 'Declare it there, or correct its spelling.',
    }));
}

/** The classes and regions that a catalogue names, but for those that it declares, with where it does. */
export function* namedIn(catalogue: Catalogue): Generator<Named> {
  for (const [server, { data_classes, tools, resources }] of Object.entries(catalogue.servers)) {
    const path = ['servers', server];
    yield* classes(data_classes, [...path, 'data_classes']);
    for (const [tool, touched] of Object.entries(tools))
      yield* namedByTool(touched, [...path, 'tools', tool]);
    for (const [position, touched] of resources.entries()) {
      yield* classes(touched.data_classes, [...path, 'resources', position, 'data_classes']);
      yield* classes(touched.returns, [...path, 'resources', position, 'returns']);
    }
  }
  for (const [model, { region }] of Object.entries(catalogue.models)) {
    yield { kind: 'regions', name: region, path: ['models', model, 'region'] };
  }
  for (const [subagent, touched] of Object.entries(catalogue.subagents)) {
    const path = ['subagents', subagent];
    yield* namedByTool(touched, path);
    const { region } = touched;
    if (region !== undefined) yield { kind: 'regions', name: region, path: [...path, 'region'] };
  }
}

function* namedByTool(touched: CatalogueTool, path: DocumentPath): Generator<Named> {
  yield* classes(touched.data_classes, [...path, 'data_classes']);
  yield* classes(touched.returns, [...path, 'returns']);
  for (const [argument, values] of Object.entries(touched.argument_classes)) {
    for (const [value, names] of Object.entries(values)) {
      yield* classes(names, [...path, 'argument_classes', argument, value]);
    }
  }
}

function* classes(names: readonly string[], path: DocumentPath): Generator<Named> {
  for (const [position, name] of names.entries())
    yield { kind: 'data_classes', name, path: [...path, position] };
}
