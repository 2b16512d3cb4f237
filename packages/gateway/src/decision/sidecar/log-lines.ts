import type { Readable } from 'node:stream';

/** Longest line that is kept; the rest of a longer one is dropped. */
const LINE_CHARACTERS_MAX = 2_000;

/** Hands over what a child process writes line by line, and keeps the last one. */
export class LogLines {
  readonly #onLine: (line: string) => void;
  #last = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Empty when nothing was written. */
  get last(): string {
    return this.#last;
  }

  /** Reads the stream to its end, so that the child never blocks on a full pipe. */
  follow(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX);
      for (const line of lines) this.#take(line);
    });
    stream.on('end', () => this.#take(rest));
    stream.on('error', () => {}); // The child is gone; its exit is told elsewhere.
  }

  #take(line: string): void {
    const text = line.trim().slice(0, LINE_CHARACTERS_MAX);
    if (text === '') return;
    this.#last = text;
    this.#onLine(text);
  }
}
