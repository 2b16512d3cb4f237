/** The large results that are measured: a long text of ASCII, a long text of more than that, and many small rows. */
export const LARGE_KINDS = ['ascii', 'utf8', 'rows'] as const;
export type LargeKind = (typeof LARGE_KINDS)[number];

/** Size of each, and number of events before the answer of a stream. */
export const LARGE_BYTES = 10_000_000;
export const STREAM_EVENTS = 1_000;

const made = new Map<LargeKind, Buffer>();

export function isLargeKind(kind: unknown): kind is LargeKind {
  return LARGE_KINDS.some((one) => one === kind);
}

/** The text of a result of `LARGE_BYTES` and some, as any server may give it; the same at every call. */
export function largeResult(kind: LargeKind): Buffer {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const result = Buffer.from(JSON.stringify({ content: contentOf(kind), isError: false }));
  made.set(kind, result);
  return result;
}

function contentOf(kind: LargeKind): readonly object[] {
  if (kind !== 'rows') {
    const line =
      kind === 'ascii' ? 'A line of a log, as any of its kind.\n' : 'Zeile für Zeile, 日本語の行、мало.\n';
    return [{ type: 'text', text: line.repeat(Math.ceil(LARGE_BYTES / Buffer.byteLength(line))) }];
  }
  const row = (id: number) => ({
    type: 'text',
    text: `row ${id}`,
    _meta: { id, isOdd: id % 2 === 1, share: id / 8 },
  });
  const rows: object[] = [];
  for (let bytes = 0; bytes < LARGE_BYTES; ) {
    const one = row(rows.length);
    bytes += JSON.stringify(one).length + 1;
    rows.push(one);
  }
  return rows;
}
