import type { Catalogue } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { DocumentPath, SourceDocument } from './document.ts';

interface Named {
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

function* namedIn(catalogue: Catalogue): Generator<Named> {
  for (const [server, { data_classes, tools, resources }] of Object.entries(catalogue.servers)) {
    const path = ['servers', server];
    yield* classes(data_classes, [...path, 'data_classes']);
    for (const [tool, touched] of Object.entries(tools)) {
      const at = [...path, 'tools', tool];
      yield* classes(touched.data_classes, [...at, 'data_classes']);
      yield* classes(touched.returns, [...at, 'returns']);
      for (const [argument, values] of Object.entries(touched.argument_classes)) {
        for (const [value, names] of Object.entries(values)) {
          yield* classes(names, [...at, 'argument_classes', argument, value]);
        }
      }
    }
    for (const [position, touched] of resources.entries()) {
      yield* classes(touched.data_classes, [...path, 'resources', position, 'data_classes']);
      yield* classes(touched.returns, [...path, 'resources', position, 'returns']);
    }
  }
  for (const [model, { region }] of Object.entries(catalogue.models)) {
    yield { kind: 'regions', name: region, path: ['models', model, 'region'] };
  }
}

function* classes(names: readonly string[], path: DocumentPath): Generator<Named> {
  for (const [position, name] of names.entries())
    yield { kind: 'data_classes', name, path: [...path, position] };
}
