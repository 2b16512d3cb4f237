import type { Edges } from '../../enforcement/upstream/stdio/line-reader.ts';

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const SCALAR = String.raw`(?:${STRING}|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)`;

/** One member with a plain value, and the comma behind it or the end of the object. */
const MEMBER = String.raw`\s*(${STRING})\s*:\s*(${SCALAR})\s*(?:,|(?=\}))`;

/** `"id"` among the last members, all of them with plain values, of what ends there: a comma before a quote is in no string. */
const LAST_ID = new RegExp(
  String.raw`,\s*"id"\s*:\s*(${SCALAR})(?:\s*,\s*${STRING}\s*:\s*${SCALAR})*\s*\}\s*$`,
);

/**
 * The id of a request that is too long to be read, where its edges tell it beyond doubt. Undefined where they do not, and for
 * what is no request: an answer has the id of somebody else’s question.
 */
export function requestIdIn({ head, tail }: Edges): string | number | undefined {
  const first = firstMembers(head);
  if (typeof first.get('method') !== 'string') return undefined;
  const ids = [first.get('id'), parsed(LAST_ID.exec(tail)?.[1])].filter((id) => id !== undefined);
  const [id, another = id] = ids;
  if (id !== another) return undefined;
  return typeof id === 'string' || Number.isSafeInteger(id) ? (id as string | number) : undefined;
}

/** The members before the first one whose value is no plain one, or does not end in the text. */
function firstMembers(text: string): ReadonlyMap<unknown, unknown> {
  const members = new Map<unknown, unknown>();
  const brace = /^\s*\{/.exec(text)?.[0];
  if (brace === undefined) return members;
  const member = new RegExp(MEMBER, 'y');
  member.lastIndex = brace.length;
  for (let match = member.exec(text); match !== null; match = member.exec(text))
    members.set(parsed(match[1]), parsed(match[2]));
  return members;
}

/** Undefined for what is no JSON. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
