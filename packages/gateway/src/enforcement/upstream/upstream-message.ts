import {
  ByteText,
  type JsonObject,
  LARGE_BYTES_MIN,
  type MemberSpan,
  memberSpans,
  readLargeAnswer,
  type ServerReply,
} from '@bailiff/contract';

/** One message of an upstream server, as far as a client of it needs to tell messages apart. */
export type UpstreamMessage =
  | { readonly kind: 'answer'; readonly id: string; readonly reply: ServerReply }
  | ({ readonly kind: 'request'; readonly id: string | number; readonly method: string } & Parameters)
  | ({ readonly kind: 'notification'; readonly method: string } & Parameters)
  /** `id` is empty when the message does not even say what it belongs to. */
  | { readonly kind: 'invalid'; readonly id: string };

/** What a request or notification is about: `json` is its text as the server wrote it, `{}` where it has none. */
interface Parameters {
  readonly params: JsonObject;
  readonly json: string;
}

/**
 * Reads one JSON-RPC 2.0 message; a result or an error keeps the exact text in which it was written. Bytes must be valid UTF-8; a
 * large result among them is not decoded.
 */
export function readUpstreamMessage(said: string | ByteText): UpstreamMessage {
  const large = largeAnswer(said);
  if (large !== undefined) return { kind: 'answer', id: large.id, reply: large.result };
  const text = said.toString(); // It may be large and something else, which is seldom, or not plainly an answer.
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'invalid', id: '' };
  }
  if (!isRecord(value)) return { kind: 'invalid', id: '' };
  const { jsonrpc, id, method } = value;
  const invalid = { kind: 'invalid', id: typeof id === 'string' ? id : '' } as const;
  const spans = spansOf(text);
  if (spans === undefined) return invalid;
  // A key that is written twice is read differently by different parsers; so is one of another case.
  if (jsonrpc !== '2.0' || new Set(spans.map(({ key }) => key.toLowerCase())).size !== spans.length) {
    return invalid;
  }
  if (typeof method === 'string') {
    const parameters = parametersOf(value.params, text, spans);
    if (parameters === undefined) return invalid;
    if (id === undefined) return { kind: 'notification', method, ...parameters };
    return typeof id === 'string' || typeof id === 'number'
      ? { kind: 'request', id, method, ...parameters }
      : invalid;
  }
  const answers = spans.filter(({ key }) => key === 'result' || key === 'error');
  const [span] = answers;
  // Our own ids are all strings: an answer under any other id is not an answer to us.
  if (answers.length !== 1 || span === undefined || typeof id !== 'string') return invalid;
  const member = span.key === 'result' ? 'result' : 'error';
  if (!isAnswer(member, value[member])) return invalid;
  return { kind: 'answer', id, reply: { member, json: text.slice(span.start, span.end) } };
}

function largeAnswer(said: string | ByteText): ReturnType<typeof readLargeAnswer> {
  const size = typeof said === 'string' ? said.length : said.byteLength;
  if (size < LARGE_BYTES_MIN) return undefined;
  return readLargeAnswer(typeof said === 'string' ? new ByteText([Buffer.from(said)]) : said);
}

/** Undefined where they are no object: MCP has no other parameters. */
function parametersOf(value: unknown, text: string, spans: readonly MemberSpan[]): Parameters | undefined {
  const span = spans.find(({ key }) => key === 'params');
  if (span === undefined) return { params: {}, json: '{}' };
  // JSON.parse made it, so an object of it is a JSON object.
  return isRecord(value)
    ? { params: value as JsonObject, json: text.slice(span.start, span.end) }
    : undefined;
}

/** Undefined for what is nested too deeply. */
function spansOf(text: string): MemberSpan[] | undefined {
  try {
    return memberSpans(text);
  } catch {
    return undefined;
  }
}

function isAnswer(member: 'result' | 'error', value: unknown): boolean {
  if (!isRecord(value)) return false;
  return member === 'result' || (Number.isInteger(value.code) && typeof value.message === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
