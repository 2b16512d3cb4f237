import { type Document, LineCounter, type ParsedNode, parseDocument } from 'yaml';

/** A text as YAML 1.2, and the rows of its offsets. */
export interface StrictYaml {
  readonly document: Document.Parsed<ParsedNode>;
  /** 1-based. */
  rowOf(offset: number): number;
}

/** Parses YAML as every document here is parsed: core schema, keys that are text, no merge keys. Errors are in the document. */
export function parseYaml(text: string): StrictYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: false,
    schema: 'core',
  });
  return { document, rowOf: (offset) => Math.max(1, lines.linePos(offset).line) };
}
