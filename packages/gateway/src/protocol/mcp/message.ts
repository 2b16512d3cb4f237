import { Failure, type Json, type JsonObject } from '@bailiff/contract';

export type RequestId = string | number;

/** What a client sent, after the envelope was checked. */
export type Message =
  | {
      readonly kind: 'request';
      readonly id: RequestId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject };

/** Longest request id, in UTF-16 units. */
const ID_LENGTH_MAX = 256;

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params']);

/**
 * One JSON-RPC 2.0 request or notification.
 * @throws Failure `batch_refused`, or `bad_request` for anything else, answers included: nothing was asked of the client.
 */
export function readMessage(value: Json): Message {
  if (Array.isArray(value)) throw new Failure('batch_refused', 'Batches are not accepted; send one message.');
  if (!isObject(value)) throw new Failure('bad_request', 'The body is not a JSON-RPC message.');
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
