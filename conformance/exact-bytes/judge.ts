import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DecisionEntry, Json } from '@bailiff/contract';
import type { Readings, Receipt } from './echoes/open-echoes.ts';
import { TOOLS } from './echoes/tools.ts';
import type { Told } from './lane.ts';
import type { Recorded } from './record-tail.ts';

/** All that is known about one message, from everybody who saw something of it. */
export interface Evidence {
  /** As it was sent. */
  readonly sent: Uint8Array;
  readonly told: Told;
  /** What the record has under the id that the client was told. */
  readonly recorded: Recorded;
  /** What arrived at any server under that id. */
  readonly receipts: readonly Receipt[];
  /** What the parsers of the other languages read in what arrived. */
  readonly readings: Readings;
  /** What all of them read in what was sent, where something arrived. */
  readonly sentReadings: Readings;
}

/** Fields of the typed arguments of the server in Go. */
const TYPED_FIELDS = ['path', 'name', 'key', 'args', 'message'];

/**
 * Everything that is wrong; nothing for a message that was refused cleanly, or arrived as it was decided about. `aliases` are
 * keys alone in their object that a struct of Go’s takes for one of its fields, whatever the gateway does.
 */
export function judge(evidence: Evidence): { readonly wrong: readonly string[]; readonly aliases: number } {
  const { told, receipts } = evidence;
  if (receipts.length === 0)
    return { wrong: told.kind === 'served' ? [] : wrongRefusal(evidence), aliases: 0 };
  return wrongArrival(evidence);
}

function wrongRefusal({ told, recorded }: Evidence): string[] {
  const wrong: string[] = [];
  const { decision, outcome, refusal } = recorded;
  if (told.kind === 'echoed') wrong.push('the client has an echo of what no server received under this id');
  if (told.decisionId === '') wrong.push('the refusal has no decision id');
  if (told.namedId !== told.decisionId) wrong.push(`the refusal names the decision ${told.namedId}`);
  if (!/^[a-z][a-z0-9_]*$/.test(told.reasons[0] ?? '')) wrong.push('the refusal has no reason');
  if (told.status >= 500 || told.reasons.includes('internal'))
    wrong.push('the gateway takes the refusal for its own fault');
  if (decision === undefined && refusal === undefined) wrong.push('the refusal is not recorded');
  if (decision?.answer.allow === true && outcome?.result !== 'failed') {
    wrong.push(`it was allowed, did not arrive, and the record says ${outcome?.result ?? 'nothing'}`);
  }
  return wrong;
}

function wrongArrival(evidence: Evidence) {
  const { told, recorded, receipts, readings } = evidence;
  const wrong: string[] = [];
  const [receipt, ...others] = receipts;
  const { decision } = recorded;
  if (others.length > 0) wrong.push('it arrived more than once');
  if (told.kind !== 'echoed')
    wrong.push(`it arrived, and the client was told ${told.status} ${told.reasons}`);
  if (receipt === undefined || decision === undefined)
    return { wrong: [...wrong, 'it arrived without a decision'], aliases: 0 };
  const bytes = Buffer.from(receipt.base64, 'base64');
  const { answer, forward, input, masked } = decision;
  if (!answer.allow) wrong.push('it arrived and was not allowed');
  const digests = [hash('sha256', bytes), receipt.sha256, told.sha256];
  if (digests.some((digest) => digest !== forward?.digest))
    wrong.push(`other bytes arrived than ${forward?.digest}`);
  if (forward?.bytes !== bytes.length) wrong.push(`${bytes.length} bytes arrived and not ${forward?.bytes}`);
  if (masked.length > 0) wrong.push('the record hides what was decided about');
  const decided = decidedOf(input);
  if (decided === undefined) return { wrong: [...wrong, 'the decision is about no tool call'], aliases: 0 };
  if (!TOOLS.some((name) => name === decided.name)) wrong.push('no server lists a tool of this very name');
  wrong.push(...wrongIntent(evidence, decided));
  let aliases = 0;
  for (const [parser, reading] of Object.entries({ ...told.readings, ...readings })) {
    const said = readingOf(reading);
    if (said === undefined) wrong.push(`${parser} does not read it: ${reading.slice(0, 100)}`);
    else if (said[0] !== 'tools/call' || said[1] !== decided.name)
      wrong.push(`${parser} reads ${said[0]} of ${said[1]}`);
    else if (parser === 'go typed arguments') {
      const typed = typedArguments(decided.args);
      aliases += typed.aliases;
      if (!isSame(said[2], typed.expected)) wrong.push(`${parser} reads other arguments`);
    } else if (!isSame(said[2], decided.args)) wrong.push(`${parser} reads other arguments`);
  }
  return { wrong, aliases };
}

type Args = Readonly<Record<string, Json>>;

interface Decided {
  readonly name: string;
  readonly args: Args;
}

function decidedOf(input: DecisionEntry['input']): Decided | undefined {
  const { action } = input as { action?: { type: string; tool_name: string; args: Args } };
  return action?.type === 'tool_call' ? { name: action.tool_name, args: action.args } : undefined;
}

/** Parsers that hold a message against more than JSON, as the form of its id, are not asked about what was sent. */
const JSON_ONLY = ['node JSON.parse', 'python json', 'pydantic_core', 'go any', 'go struct'];

/** What parsers read differently must not be decided about at all, however it is then written. */
function wrongIntent({ sent, sentReadings }: Evidence, { name, args }: Decided): string[] {
  const wrong = hasKeyTwice(Buffer.from(sent).toString('utf8')) ? ['it was sent with a key twice'] : [];
  for (const parser of JSON_ONLY) {
    const reading = sentReadings[parser];
    if (reading === undefined) continue;
    if (!isSame(withoutSignOfZero(readingOf(reading)), ['tools/call', name, args]))
      wrong.push(`${parser} reads something else in what was sent`);
  }
  return wrong;
}

/** The sign of zero is not kept by our serialisation, and no parser gives it a meaning. */
function withoutSignOfZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutSignOfZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSignOfZero(item)]));
}

/** Colons outside strings stand for members; what a parser kept of them is fewer where a key was repeated. */
function hasKeyTwice(text: string): boolean {
  const written = text.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1;
  let kept = 0;
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) kept += Object.keys(value).length;
    Object.values(value).forEach(count);
  };
  count(JSON.parse(text));
  return kept !== written;
}

type Said = readonly [method: unknown, name: unknown, args: unknown];

/** Integers that JavaScript cannot hold stay text, so that a parser which can is seen to read another one. */
function readingOf(reading: string): Said | undefined {
  try {
    return JSON.parse(reading, (_key, value, context?: { readonly source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
        ? context?.source
        : value,
    );
  } catch {
    return undefined;
  }
}

/** Own members of equal values in any order; zero has a sign. */
const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

/**
 * What a struct of Go’s must take of these arguments: a field takes the member of its exact name, and another one that folds
 * into it only where that is alone, which is counted.
 */
function typedArguments(args: Args): { readonly expected: Args; readonly aliases: number } {
  const expected: Record<string, Json> = {};
  let aliases = 0;
  for (const field of TYPED_FIELDS) {
    const keys = Object.keys(args).filter((key) => foldedByGo(key) === field);
    const [key] = keys.includes(field) ? [field] : keys;
    if (key === undefined) continue;
    if (key !== field) aliases += 1;
    const value = args[key] ?? null;
    if (value !== null) expected[field] = value;
  }
  return { expected, aliases };
}

/** Go compares keys with fields by simple folding: the letters of ASCII, the long s and the Kelvin sign. */
const foldedByGo = (key: string): string =>
  key.replace(/[A-Z\u017f\u212a]/g, (letter) =>
    letter === '\u017f' ? 's' : letter === '\u212a' ? 'k' : letter.toLowerCase(),
  );
