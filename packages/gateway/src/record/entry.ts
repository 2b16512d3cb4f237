import type { OutcomeEntry, RecordEntry } from '@bailiff/contract';
import { instantMs, instantText } from './instant.ts';

/** The schema’s name as a literal: the store’s threads load this file and not the contract’s schemas. */
const SCHEMA: RecordEntry['schema'] = 'bailiff/record/v1';

/** An entry as it is stored: the text that is hashed, and the three facts that are kept beside it. */
export interface EntryText {
  readonly decisionId: string;
  readonly kind: RecordEntry['kind'];
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly document: string;
}

/**
 * The entry as JSON text. It always begins with schema, kind, decision id and time, in this order, so that a verifier
 * can compare them with what is kept beside the text without parsing it. `inputText` is the text of the entry’s input,
 * where there is one already; it goes in as it is.
 */
export function entryText(entry: RecordEntry, inputText?: string): EntryText {
  const { kind, decision_id: decisionId } = entry;
  const atMs = instantMs(entry.at);
  const beginning = entryBeginning({ decisionId, kind, atMs });
  const document = documentOf(entry, inputText);
  if (document.startsWith(beginning)) return { decisionId, kind, atMs, document };
  const { schema, kind: _kind, decision_id: _id, at: _at, ...rest } = entry;
  const at = instantText(atMs);
  return {
    decisionId,
    kind,
    atMs,
    document: JSON.stringify({ schema, kind, decision_id: decisionId, at, ...rest }),
  };
}

/** The input stands last where its text is given. */
function documentOf(entry: RecordEntry, inputText: string | undefined): string {
  if (entry.kind !== 'decision' || inputText === undefined) return JSON.stringify(entry);
  const { input: _input, ...rest } = entry;
  return `${JSON.stringify(rest).slice(0, -1)},"input":${inputText}}`;
}

/** How the text of every entry with this id, kind and time begins. */
export function entryBeginning({ decisionId, kind, atMs }: Omit<EntryText, 'document'>): string {
  const at = instantText(atMs);
  return `{"schema":"${SCHEMA}","kind":"${kind}","decision_id":${JSON.stringify(decisionId)},"at":"${at}"`;
}

/** The outcome of a decision that a former run left open: nobody knows what became of it. */
export function unknownOutcome(decisionId: string, atMs: number): OutcomeEntry {
  return {
    schema: SCHEMA,
    kind: 'outcome',
    decision_id: decisionId,
    at: instantText(atMs),
    result: 'unknown',
    failure: null,
    bytes: 0,
    tokens: 0,
    cost_cents: 0,
    duration_ms: 0,
  };
}
