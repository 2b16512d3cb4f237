import type { Finding } from '../finding.ts';
import type { DocumentPath, SourceDocument } from '../sources/document.ts';

/** Where something is said. */
export interface Saying {
  readonly document: SourceDocument;
  readonly path: DocumentPath;
}

/** One value of a table, by name, and where it is said. */
export interface Said<Value> extends Saying {
  readonly name: string;
  readonly value: Value;
}

/** The values of several places as one table; what is said twice is a finding at both, and counts as it is said first. */
export function unitedTable<Value>(
  what: string,
  said: Iterable<Said<Value>>,
): { readonly values: Readonly<Record<string, Value>>; readonly findings: readonly Finding[] } {
  const first = new Map<string, Said<Value>>();
  const findings: Finding[] = [];
  for (const one of said) {
    const before = first.get(one.name);
    if (before === undefined) first.set(one.name, one);
    else findings.push(...saidTwice(`${what} \`${one.name}\``, before, one));
  }
  return { values: Object.fromEntries([...first].map(([name, { value }]) => [name, value])), findings };
}

/** A finding at each of two places that say the same thing. */
export function saidTwice(what: string, one: Saying, other: Saying): Finding[] {
  return [
    [one, other],
    [other, one],
  ].flatMap(([here, there]) => (here && there ? [twiceAt(what, here, there)] : []));
}

function twiceAt(what: string, here: Saying, there: Saying): Finding {
  return {
    file: here.document.file,
    row: here.document.rowOf(here.path),
    code: 'said_twice',
    detail: `${what} stands in ${there.document.file}:${there.document.rowOf(there.path)} too.`,
    mend: 'Keep one of the two.',
  };
}

/** A document’s table, with where each of its values is said. */
export function* tableIn<Value>(
  values: Readonly<Record<string, Value>>,
  document: SourceDocument,
  path: DocumentPath,
): Generator<Said<Value>> {
  for (const [name, value] of Object.entries(values)) yield { name, value, document, path: [...path, name] };
}
