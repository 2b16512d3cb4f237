import { Failure, type Json, type JsonObject, type ServerReply } from '@bailiff/contract';

export type RequestId = string | number;

/** What a client sent, after the envelope was checked. */
export type Message =
  | {
      readonly kind: 'request';
      readonly id: RequestId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | {
      /** An answer to what was asked of the client. */
      readonly kind: 'response';
      readonly id: RequestId;
      readonly reply: ServerReply;
    };

/** Longest request id, in UTF-16 units. */
const ID_LENGTH_MAX = 256;

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params']);

const RESPONSES = ['result', 'error'] as const;

/** One JSON-RPC 2.0 message. @throws Failure `batch_refused`, or `bad_request` for anything else. */
export function readMessage(value: Json): Message {
  if (Array.isArray(value)) throw new Failure('batch_refused', 'Batches are not accepted; send one message.');
  if (!isObject(value)) throw new Failure('bad_request', 'The body is not a JSON-RPC message.');
  const member = RESPONSES.find((name) => Object.hasOwn(value, name));
  if (member !== undefined) return readResponse(value, member);
  for (const name of Object.keys(value)) {
    if (!ENVELOPE.has(name)) throw new Failure('bad_request', 'The message holds an unknown member.');
  }
  const { jsonrpc, id, method, params = {} } = value;
  if (jsonrpc !== '2.0') throw new Failure('bad_request', 'The message is not JSON-RPC 2.0.');
  if (typeof method !== 'string' || method === '') {
    throw new Failure('bad_request', 'The message names no method.');
  }
  if (!isObject(params)) throw new Failure('bad_request', 'The member params is not an object.');
  if (id === undefined) return { kind: 'notification', method, params };
  if (!isRequestId(id)) throw new Failure('bad_request', 'The id is not a short string or an integer.');
  return { kind: 'request', id, method, params };
}

function readResponse(value: JsonObject, member: 'result' | 'error'): Message {
  const { jsonrpc, id, [member]: content } = value;
  if (Object.keys(value).length !== 3 || jsonrpc !== '2.0' || !isRequestId(id) || !isObject(content)) {
    throw new Failure('bad_request', 'The message is no JSON-RPC 2.0 answer.');
  }
  return { kind: 'response', id, reply: { member, json: JSON.stringify(content) } };
}

/** The id of what may be a request, so that a refusal can name it; null when there is none to name. */
export function idOf(value: Json): RequestId | null {
  if (!isObject(value) || !Object.hasOwn(value, 'method')) return null;
  return isRequestId(value.id) ? value.id : null;
}

function isRequestId(id: Json | undefined): id is RequestId {
  if (typeof id === 'string') return id.length <= ID_LENGTH_MAX;
  return typeof id === 'number' && Number.isSafeInteger(id);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
