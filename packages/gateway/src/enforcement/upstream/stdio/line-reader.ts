/** The first and the last bytes of a line beyond the limit. */
export interface Edges {
  readonly head: string;
  readonly tail: string;
}

/** What a stream of lines is made of. */
export interface LineEvents {
  line(bytes: Buffer): void;
  /** A line beyond the limit went by; its edges may tell whose it was. */
  oversized(edges: Edges): void;
}

const NEWLINE = 0x0a;

/** How much of either end of an oversized line is kept. */
const EDGE_BYTES = 1_024;

/** Cuts a stream of chunks into lines, holding at most one line, and of an oversized one only its ends. */
export class LineReader {
  readonly #events: LineEvents;
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Undefined while the current line is within the limit. */
  #edges: { readonly head: Buffer; tail: Buffer } | undefined;

  constructor(bytesMax: number, events: LineEvents) {
    this.#bytesMax = bytesMax;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from);
      if (newline === -1) break;
      this.#append(chunk.subarray(from, newline));
      this.#flush();
      from = newline + 1;
    }
    if (from < chunk.byteLength) this.#append(chunk.subarray(from));
  }

  /** Nothing more comes: what is left is a line without its end. */
  end(): void {
    this.#flush();
  }

  #append(part: Buffer): void {
    if (this.#edges !== undefined) {
      this.#edges.tail = Buffer.concat([this.#edges.tail, part.subarray(-EDGE_BYTES)]).subarray(-EDGE_BYTES);
      return;
    }
    this.#chunks.push(part);
    this.#bytes += part.byteLength;
    if (this.#bytes <= this.#bytesMax) return;
    const whole = Buffer.concat(this.#chunks, this.#bytes);
    this.#edges = {
      head: Buffer.from(whole.subarray(0, EDGE_BYTES)),
      tail: Buffer.from(whole.subarray(-EDGE_BYTES)),
    };
    this.#chunks = [];
  }

  #flush(): void {
    const [only] = this.#chunks;
    const edges = this.#edges;
    const line = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    this.#edges = undefined;
    if (edges !== undefined) this.#events.oversized({ head: `${edges.head}`, tail: `${edges.tail}` });
    else if (line.byteLength > 0) this.#events.line(line);
  }
}
