import type { Mark } from './yaml-source.ts';

export type TokenKind =
  | 'stream_start'
  | 'stream_end'
  | 'version_directive'
  | 'tag_directive'
  | 'document_start'
  | 'document_end'
  | 'block_sequence_start'
  | 'block_mapping_start'
  | 'block_end'
  | 'flow_sequence_start'
  | 'flow_sequence_end'
  | 'flow_mapping_start'
  | 'flow_mapping_end'
  | 'block_entry'
  | 'flow_entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

/** A token of YAML. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: Mark;
  readonly end: Mark;
  /** A scalar's text, an anchor's name, a tag's or a directive's handle, or `major.minor`. */
  readonly value?: string;
  /** What follows the handle of a tag; the prefix of a `%TAG` directive. */
  readonly suffix?: string;
  /** Whether a scalar is written as it is, without marks around it. */
  readonly isPlain?: boolean;
}
