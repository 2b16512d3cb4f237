/** Lines of a program, and the levels of blocks that statements leave by number. */
export class Levels {
  readonly lines: string[] = [];
  readonly #open: Level[] = [];
  #labels = 0;

  line(text: string): void {
    this.lines.push(text);
  }

  /** Begins a level; `head` is what stands before its brace, a loop's head for a loop. */
  open(kind: 'block' | 'loop', head = ''): void {
    this.#labels++;
    this.#open.push({ kind, label: `L${this.#labels}`, line: this.lines.length, head, isUsed: false });
    this.lines.push('');
  }

  close(): void {
    const level = this.#open.pop();
    if (level === undefined) throw new Error('no level is open');
    const label = level.isUsed ? `${level.label}:` : '';
    this.lines[level.line] = `${label}${level.head}{`;
    this.lines.push('}');
  }

  /** The statement that leaves levels: 0 the innermost. Of a loop, leaving it is going on with its next round. */
  leave(index: number): string {
    const level = this.#open.at(-1 - index);
    if (level === undefined) return 'return undefined;';
    level.isUsed = true;
    return level.kind === 'loop' ? `continue ${level.label};` : `break ${level.label};`;
  }

  /** The statement that leaves the outermost loop, or undefined outside of loops. */
  leaveLoops(): string | undefined {
    const loop = this.#open.findIndex(({ kind }) => kind === 'loop');
    return loop < 1 ? undefined : this.leave(this.#open.length - loop);
  }

  /** The statement that leaves everything that is open. */
  leaveAll(): string {
    return this.leave(this.#open.length - 1);
  }
}

interface Level {
  readonly kind: 'block' | 'loop';
  readonly label: string;
  readonly line: number;
  readonly head: string;
  isUsed: boolean;
}
