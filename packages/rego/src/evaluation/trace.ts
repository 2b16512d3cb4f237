import type { Value } from '../values/value.ts';
import { writeJson } from '../values/write-json.ts';

/** How many events a trace holds; what happens after is not recorded. */
const EVENTS_MAX = 10_000;

/** How many characters of a value's JSON a trace keeps. */
const VALUE_CHARACTERS_MAX = 200;

/** What a policy did, told in its own terms. */
export interface TraceEvent {
  /**
   * `enter` and `leave`: a rule or function was evaluated; `fired`: one of its definitions held;
   * `failed_at`: a statement did not hold, so that what follows it was not looked at.
   */
  readonly kind: TraceKind;
  /** The rule's path, `data.example.allow`; empty for the query itself. */
  readonly rule: string;
  readonly file: string;
  /** Counted from 1; 0 for statements that come from no file. */
  readonly row: number;
  readonly column: number;
  /** JSON of the value in question, cut off after 200 characters; undefined where there is none. */
  readonly value: string | undefined;
}

export type TraceKind = 'enter' | 'leave' | 'fired' | 'failed_at';

/** A place of the program, as the compiler numbers them. */
export interface Place {
  readonly rule: string;
  readonly file: string;
  readonly row: number;
  readonly column: number;
}

/** Takes down what happens, up to a bound. */
export class TraceRecorder {
  readonly #places: readonly Place[];
  readonly #events: TraceEvent[] = [];
  #isFull = false;

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  /** The events in their order. */
  get events(): readonly TraceEvent[] {
    return this.#events;
  }

  /** Whether more happened than a trace holds. */
  get isCut(): boolean {
    return this.#isFull;
  }

  /** Called by generated code. */
  record(kind: TraceKind, place: number, value: Value | undefined): void {
    if (this.#events.length >= EVENTS_MAX) {
      this.#isFull = true;
      return;
    }
    const { rule = '', file = '', row = 0, column = 0 } = this.#places[place] ?? {};
    const text = value === undefined ? undefined : writeJson(value).slice(0, VALUE_CHARACTERS_MAX);
    this.#events.push({ kind, rule, file, row, column, value: text });
  }
}
