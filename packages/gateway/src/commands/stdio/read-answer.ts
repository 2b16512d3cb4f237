import { FAILURES, type FailureCode } from '@bailiff/contract';
import { createParser } from 'eventsource-parser';
import { recordOf } from './client-message.ts';
import { GatewayGone, type LocalAnswer } from './local-gateway.ts';

/** Longest answer in one piece; beyond it a gateway would have refused to pass on what its server said. */
const ANSWER_BYTES_MAX = 268_435_456;

const SESSION_HEADER = /\bMcp-Session-Id\b/;
const NO_SESSION = 'There is no session: send `initialize` first.';

/** Where answers go: one line each, in the order of the calls. Resolves once there is room for more. */
export type WriteLine = (text: string) => Promise<void>;

/** What is known of an answer once all of it was passed on. */
export interface Answered {
  readonly status: number;
  /** Whether what was asked is answered. */
  readonly isAnswered: boolean;
  /** Of the last event, where the answer was a stream that can be taken up again; empty elsewhere. */
  readonly lastEventId: string;
  /** The failure’s code where the gateway refused without having looked at the message; empty elsewhere. */
  readonly failure: string;
}

export interface ReadAnswerOptions {
  /** What was asked; undefined for what has no answer of its own, null for what can only be refused. */
  readonly id: string | number | null | undefined;
  readonly write: WriteLine;
  readonly log: (line: string) => void;
  /** Failures that are not passed on, since something can be done about them. */
  readonly keeps?: readonly FailureCode[];
}

/** Passes on what the gateway answered, each message as one line. @throws GatewayGone in the middle of it. */
export async function readAnswer(answer: LocalAnswer, options: ReadAnswerOptions): Promise<Answered> {
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  try {
    if (type === 'text/event-stream') return await readEvents(answer, options);
    return await readDocument(answer, options);
  } catch (thrown) {
    // What ends a body early is the other end of its connection, unless it was given up here.
    throw thrown instanceof Error && thrown.name === 'AbortError' ? thrown : new GatewayGone(true, thrown);
  }
}

async function readEvents(
  { status, body }: LocalAnswer,
  { id, write }: ReadAnswerOptions,
): Promise<Answered> {
  let isAnswered = false;
  let lastEventId = '';
  const lines: string[] = [];
  const parser = createParser({
    onEvent: ({ id: eventId, event, data }) => {
      if (eventId !== undefined) lastEventId = eventId;
      if (data === '' || (event !== undefined && event !== 'message')) return;
      lines.push(data);
      if (!isAnswered && id !== undefined) isAnswered = answersTo(data, id);
    },
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const line of lines.splice(0)) await write(line);
  }
  return { status, isAnswered, lastEventId, failure: '' };
}

async function readDocument(
  { status, headers, body }: LocalAnswer,
  { id, write, log, keeps = [] }: ReadAnswerOptions,
): Promise<Answered> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('The answer is too large.');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks, bytes).toString('utf8');
  const answered = { status, isAnswered: true, lastEventId: '', failure: '' };
  if (status === 200) {
    await write(text);
    return answered;
  }
  if (status < 300) return { ...answered, isAnswered: id === undefined };
  const { error, failure } = refusalOf(text, status, headers['bailiff-decision-id']);
  if (keeps.some((code) => code === failure)) return { ...answered, isAnswered: false, failure };
  // The client sends no headers: what it has not done is to begin a session.
  if (SESSION_HEADER.test(String(error.message))) error.message = NO_SESSION;
  if (id !== undefined) await write(JSON.stringify({ jsonrpc: '2.0', id, error }));
  else log(`The gateway refused what the client sent: ${String(error.message)}`);
  return { ...answered, failure };
}

/** What went wrong, whether it was told in JSON-RPC or as a problem document. */
function refusalOf(text: string, status: number, decisionId: unknown) {
  let body: Record<string, unknown> = {};
  try {
    body = recordOf(JSON.parse(text));
  } catch {
    // Nothing of ours; its status has to do.
  }
  const error = recordOf(body.error);
  if (typeof error.message === 'string') {
    const { failure } = recordOf(error.data);
    return { error, failure: typeof failure === 'string' ? failure : '' };
  }
  const code = typeof body.code === 'string' && Object.hasOwn(FAILURES, body.code) ? body.code : 'internal';
  const { rpc, title } = FAILURES[code as FailureCode];
  const message = typeof body.detail === 'string' ? body.detail : `${title} (HTTP ${status}).`;
  const id = typeof decisionId === 'string' ? { decision_id: decisionId } : {};
  return { error: { code: rpc, message, data: { failure: code, ...id } }, failure: code };
}

function answersTo(text: string, id: string | number | null): boolean {
  try {
    const message = recordOf(JSON.parse(text));
    return message.id === id && message.method === undefined;
  } catch {
    return false;
  }
}
