import { periodOfRule } from './zone-rule.ts';

/** What a zone says of a time. */
export interface ZonePeriod {
  /** The abbreviation, such as `CET`. */
  readonly name: string;
  /** Seconds east of UTC. */
  readonly offset: number;
  /** Unix second from which on it holds, and the one from which on it no longer does. */
  readonly start: number;
  readonly end: number;
}

interface LocalTimeType {
  readonly name: string;
  readonly offset: number;
  readonly isDaylight: boolean;
}

interface Transition {
  readonly second: number;
  readonly type: LocalTimeType;
}

/** A time zone as Go's `time.Location` has it. */
export class Zone {
  readonly #types: readonly LocalTimeType[];
  readonly #transitions: readonly Transition[];
  /** The rule for times past the last transition, or '' for none. */
  readonly #rule: string;

  constructor(types: readonly LocalTimeType[], transitions: readonly Transition[], rule: string) {
    this.#types = types;
    this.#transitions = transitions;
    this.#rule = rule;
  }

  static readonly utc = new Zone([{ name: 'UTC', offset: 0, isDaylight: false }], [], '');

  /** What holds at a Unix second. */
  at(second: number): ZonePeriod {
    const transitions = this.#transitions;
    const [first] = transitions;
    if (first === undefined || second < first.second) {
      const { name, offset } = this.#firstType();
      return { name, offset, start: -Infinity, end: first?.second ?? Infinity };
    }
    let low = 0;
    let high = transitions.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (second < (transitions[middle] as Transition).second) high = middle;
      else low = middle;
    }
    const { second: start, type } = transitions[low] as Transition;
    if (low === transitions.length - 1 && this.#rule !== '') {
      const period = periodOfRule(this.#rule, start, second);
      if (period !== undefined) return period;
    }
    return { name: type.name, offset: type.offset, start, end: transitions[low + 1]?.second ?? Infinity };
  }

  /**
   * The offset of an abbreviation, at best one that holds at the local time given as a Unix second.
   * @returns undefined when the zone knows no such abbreviation.
   */
  offsetOfName(name: string, second: number): number | undefined {
    const named = this.#types.filter((type) => type.name === name);
    for (const { offset } of named) {
      const period = this.at(second - offset);
      if (period.name === name) return period.offset;
    }
    return named[0]?.offset;
  }

  /** What holds before the first transition (Go's `lookupFirstZone`). */
  #firstType(): LocalTimeType {
    const [zeroth] = this.#types as readonly [LocalTimeType];
    if (!this.#transitions.some(({ type }) => type === zeroth)) return zeroth;
    const first = this.#transitions[0]?.type;
    if (first?.isDaylight) {
      const before = this.#types.slice(0, this.#types.indexOf(first));
      const standard = before.findLast((type) => !type.isDaylight);
      if (standard !== undefined) return standard;
    }
    return this.#types.find((type) => !type.isDaylight) ?? zeroth;
  }
}

/** Transitions of one file; real ones have less than 300. Go reads no file over 10 MiB. */
const TRANSITIONS_MAX = 1 << 20;

const HEADER_BYTES = 44;

/**
 * The zone of a compiled time zone file (RFC 8536), read as Go does: leap seconds are not counted.
 * @returns undefined when Go would say `malformed time zone information`.
 */
export function readZone(file: Buffer): Zone | undefined {
  const version = versionOf(file);
  if (version === undefined) return undefined;
  const first = countsAt(file, 0);
  if (first === undefined) return undefined;
  if (version === 1) return readBody(file.subarray(HEADER_BYTES), first, 4);
  const start = HEADER_BYTES + bodyBytes(first, 4);
  const second = countsAt(file, start);
  return second === undefined ? undefined : readBody(file.subarray(start + HEADER_BYTES), second, 8);
}

function versionOf(file: Buffer): 1 | 2 | 3 | undefined {
  if (file.length < 20 || file.toString('latin1', 0, 4) !== 'TZif') return undefined;
  const version = file[4];
  return version === 0 ? 1 : version === 0x32 ? 2 : version === 0x33 ? 3 : undefined;
}

interface Counts {
  readonly utIndicators: number;
  readonly standardIndicators: number;
  readonly leaps: number;
  readonly transitions: number;
  readonly types: number;
  readonly characters: number;
}

function countsAt(file: Buffer, start: number): Counts | undefined {
  if (file.length < start + HEADER_BYTES) return undefined;
  const at = (index: number) => file.readUInt32BE(start + 20 + index * 4);
  return {
    utIndicators: at(0),
    standardIndicators: at(1),
    leaps: at(2),
    transitions: at(3),
    types: at(4),
    characters: at(5),
  };
}

function bodyBytes(counts: Counts, timeBytes: number): number {
  return (
    counts.transitions * (timeBytes + 1) +
    counts.types * 6 +
    counts.characters +
    counts.leaps * (timeBytes + 4) +
    counts.standardIndicators +
    counts.utIndicators
  );
}

function readBody(body: Buffer, counts: Counts, timeBytes: 4 | 8): Zone | undefined {
  const length = bodyBytes(counts, timeBytes);
  if (body.length < length || counts.types === 0 || counts.transitions > TRANSITIONS_MAX) return undefined;
  const typesStart = counts.transitions * (timeBytes + 1);
  const names = body.subarray(typesStart + counts.types * 6).subarray(0, counts.characters);
  const types: LocalTimeType[] = [];
  for (let index = 0; index < counts.types; index++) {
    const at = typesStart + index * 6;
    const nameStart = body.readUInt8(at + 5);
    if (nameStart >= names.length) return undefined;
    const [name = ''] = names.toString('latin1', nameStart).split('\0', 1);
    types.push({ name, offset: body.readInt32BE(at), isDaylight: body.readUInt8(at + 4) !== 0 });
  }
  const transitions: Transition[] = [];
  for (let index = 0; index < counts.transitions; index++) {
    const second =
      timeBytes === 4 ? body.readInt32BE(index * 4) : Number(body.readBigInt64BE(index * timeBytes));
    const type = types[body.readUInt8(counts.transitions * timeBytes + index)];
    if (type === undefined) return undefined;
    transitions.push({ second, type });
  }
  const [zeroth] = types;
  if (transitions.length === 0 && zeroth !== undefined) transitions.push({ second: -Infinity, type: zeroth });
  return new Zone(types, transitions, ruleOf(body.toString('latin1', length)));
}

function ruleOf(rest: string): string {
  return rest.length > 2 && rest.startsWith('\n') && rest.endsWith('\n') ? rest.slice(1, -1) : '';
}
