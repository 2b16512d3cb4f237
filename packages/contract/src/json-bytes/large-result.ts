import type { ServerReply } from '../call.ts';
import { SPAN_DEPTH_MAX } from '../json-text.ts';
import { ByteText } from './byte-text.ts';
import { ObjectScanner, type ScannedMember } from './object-scanner.ts';

/** From how many bytes on a message is worth reading without decoding it. */
export const LARGE_BYTES_MIN = 65_536;

/** One member of a large result: where its value stands, in bytes of the result. */
export interface LargeMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A result that stays in the bytes in which its server wrote it. Whoever needs its text has it decoded; a copy with anything
 * changed is a reply like any other, since bytes and members are none of what is copied.
 */
export class LargeResult implements ServerReply {
  readonly member = 'result';
  declare readonly json: string;
  readonly #text: ByteText;
  readonly #members: readonly LargeMember[];

  constructor(text: ByteText, members: readonly LargeMember[]) {
    this.#text = text;
    this.#members = members;
    let json: string | undefined;
    Object.defineProperty(this, 'json', {
      enumerable: true,
      get: () => {
        json ??= text.toString();
        return json;
      },
    });
  }

  /** The result’s text. */
  get text(): ByteText {
    return this.#text;
  }

  /** Its members in the order in which they are written, repeated keys included. */
  get members(): readonly LargeMember[] {
    return this.#members;
  }

  /** The text of a member’s value. */
  valueText({ start, end }: LargeMember): string {
    return this.#text.part(start, end).toString();
  }

  /** The same result with these members, texts of JSON, in front. */
  withMembers(added: readonly string[]): LargeResult {
    if (added.length === 0) return this;
    const head = new TextEncoder().encode(`{${added.join(',')}${this.#members.length === 0 ? '' : ','}`);
    const { byteLength } = this.#text;
    const rest = this.#text.part(1, byteLength);
    const moved = head.byteLength - 1;
    const members = this.#members.map(({ key, start, end }) => ({
      key,
      start: start + moved,
      end: end + moved,
    }));
    return new LargeResult(new ByteText([head, ...rest.pieces]), members);
  }
}

/** An answer that holds a large result. */
export interface LargeAnswer {
  readonly id: string;
  readonly result: LargeResult;
}

/** The members of an answer’s envelope as servers write them, each once. Another spelling is left to whoever reads all of it. */
const ENVELOPE: ReadonlySet<string> = new Set(['"jsonrpc"', '"id"', '"result"']);

/**
 * Reads a JSON-RPC answer with a large result without decoding it. Undefined for everything else, and whatever is not plainly that:
 * such a text is to be judged by one who reads all of it. What is taken here, `JSON.parse` would take too.
 */
export function readLargeAnswer(text: ByteText): LargeAnswer | undefined {
  const scanner = new ObjectScanner({ depthMax: SPAN_DEPTH_MAX + 1 });
  for (const piece of text.pieces) if (!scanner.scan(piece)) return undefined;
  if (!scanner.isWhole) return undefined;
  const envelope = new Map<string, ScannedMember>();
  for (const member of scanner.members) {
    if (member.depth !== 1) continue;
    const key = text.part(member.keyStart, member.keyEnd).toString();
    if (!ENVELOPE.has(key) || envelope.has(key)) return undefined;
    envelope.set(key, member);
  }
  const jsonrpc = jsonOf(text, envelope.get('"jsonrpc"'));
  const id = jsonOf(text, envelope.get('"id"'));
  const result = envelope.get('"result"');
  if (jsonrpc !== '2.0' || typeof id !== 'string' || result === undefined) return undefined;
  const members = scanner.members.filter(
    ({ depth, start }) => depth === 2 && start > result.start && start < result.end,
  );
  const taken = text.part(result.start, result.end);
  if (taken.pieces[0]?.[0] !== OPEN_BRACE) return undefined;
  return {
    id,
    result: new LargeResult(
      taken,
      members.map((member) => placed(member, text, result)),
    ),
  };
}

const OPEN_BRACE = 0x7b;

/** Bytes of an id or a version; a longer one is nobody’s. */
const VALUE_BYTES_MAX = 1_024;

function jsonOf(text: ByteText, member: ScannedMember | undefined): unknown {
  if (member === undefined || member.end - member.start > VALUE_BYTES_MAX) return undefined;
  return JSON.parse(text.part(member.start, member.end).toString());
}

function placed(
  { keyStart, keyEnd, start, end }: ScannedMember,
  text: ByteText,
  within: ScannedMember,
): LargeMember {
  const key: string = JSON.parse(text.part(keyStart, keyEnd).toString());
  return { key, start: start - within.start, end: end - within.start };
}
