import {
  FAILURES,
  Failure,
  type Json,
  type JsonObject,
  LargeResult,
  type MemberSpan,
  memberSpans,
  type ServerReply,
} from '@bailiff/contract';
import { isObject } from '../message.ts';
import { errorOf } from '../reply.ts';
import type { Reply } from '../request-context.ts';
import { asksClient } from './questions.ts';

/** What clients may keep of what they are answered here, and for how long. */
export type Caching = 'none' | 'read' | 'list';

/** How a result is told to a client of a revision without sessions. */
export interface Telling {
  readonly caching: Caching;
  /** Whether the client takes a task in place of the result. */
  readonly takesTask: boolean;
  readonly decisionId: string;
  /** The resource that was asked for; undefined where none was. */
  readonly uri: string | undefined;
}

/** Codes that this revision has no meaning for any more, by what they meant. */
const URL_ELICITATION_REQUIRED = -32042;

/** Errors whose HTTP status the protocol prescribes, whoever gives them. */
const STATUS_OF: ReadonlyMap<unknown, number> = new Map(
  [FAILURES.method_refused, FAILURES.capability_missing].map(({ rpc, status }) => [rpc, status]),
);

/**
 * A reply as these clients need it: results say of what kind they are and how long they may be kept, and by whom: lists and
 * reads are one caller’s own, since policy filters them. Every other byte stays as the server wrote it.
 */
export function told(reply: Reply, telling: Telling): Reply {
  if (reply.member === 'error') return toldError(reply, telling);
  if (asksClient(reply)) return reply;
  if (reply instanceof LargeResult && telling.caching === 'none') return toldLarge(reply, telling);
  const { json } = reply;
  const members = memberSpans(json);
  const kinds = members.filter(({ key }) => key === 'resultType');
  const kind = kinds.length === 0 ? 'complete' : valueAt(json, kinds[0]);
  if (kinds.length > 1 || !isKnown(kind, telling)) return ofNoKnownType(telling);
  const added = kinds.length === 0 ? [COMPLETE] : [];
  if (telling.caching === 'none' || kind !== 'complete') return { ...reply, json: spliced(json, added, []) };
  const own = members.filter(({ key }) => key === 'ttlMs' || key === 'cacheScope');
  const ttlMs = telling.caching === 'list' ? 0 : ttlOf(json, own);
  const hints = [`"ttlMs":${ttlMs}`, '"cacheScope":"private"'];
  return { ...reply, json: spliced(json, [...added, ...hints], own) };
}

/** The same without decoding it, where nothing is to be taken out of it. */
function toldLarge(reply: LargeResult, telling: Telling): Reply {
  const [kind, another] = reply.members.filter(({ key }) => key === 'resultType');
  if (kind === undefined) return reply.withMembers([COMPLETE]);
  const isUsable = another === undefined && isKnown(JSON.parse(reply.valueText(kind)), telling);
  return isUsable ? reply : ofNoKnownType(telling);
}

const COMPLETE = '"resultType":"complete"';

function isKnown(kind: unknown, { takesTask }: Telling): boolean {
  return kind === 'complete' || (kind === 'task' && takesTask);
}

function ofNoKnownType(telling: Telling): Reply {
  return unusable('The server’s result is of no known type.', telling);
}

function toldError(reply: Reply, telling: Telling): Reply {
  if (reply.failure?.code === 'header_mismatch') return { ...reply, status: FAILURES.header_mismatch.status };
  const { code, data } = errorIn(reply);
  if (code === URL_ELICITATION_REQUIRED) {
    return unusable('The server asks to open an address in a way that this revision does not have.', telling);
  }
  const status = STATUS_OF.get(code);
  if (status !== undefined) return { ...reply, status };
  if (telling.uri === undefined || !isObject(data) || data.failure !== 'unknown_resource') return reply;
  // This revision wants the address with the error, of what is hidden as of what is absent.
  const error = { ...errorIn(reply), data: { uri: telling.uri, ...data } };
  return { ...reply, json: JSON.stringify(error) };
}

function errorIn({ json }: ServerReply): JsonObject {
  const error: Json = JSON.parse(json);
  return isObject(error) ? error : {};
}

function unusable(because: string, { decisionId }: Telling): Reply {
  const failure = new Failure('upstream_invalid', because);
  return { ...errorOf(failure, decisionId), failure };
}

/** How long the server lets its answer be kept; 0 where it does not say so plainly. */
function ttlOf(json: string, members: readonly MemberSpan[]): number {
  const [only, ...others] = members.filter(({ key }) => key === 'ttlMs');
  const value = only === undefined || others.length > 0 ? 0 : valueAt(json, only);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function valueAt(json: string, member: MemberSpan | undefined): unknown {
  return member === undefined ? undefined : JSON.parse(json.slice(member.start, member.end));
}

/** The object’s text with these members in front and without those. */
function spliced(json: string, added: readonly string[], removed: readonly MemberSpan[]): string {
  if (added.length === 0 && removed.length === 0) return json;
  const members = memberSpans(json);
  if (removed.length > 0) {
    const gone = new Set(removed.map(({ start }) => start));
    const kept = members.filter(({ start }) => !gone.has(start));
    const texts = kept.map(({ key, start, end }) => `${JSON.stringify(key)}:${json.slice(start, end)}`);
    return `{${[...added, ...texts].join(',')}}`;
  }
  const rest = json.slice(json.indexOf('{') + 1);
  return `{${added.join(',')}${members.length === 0 ? '' : ','}${rest}`;
}

/** A result of our own. */
export function ownResult(result: JsonObject): ServerReply {
  return { member: 'result', json: JSON.stringify({ resultType: 'complete', ...result }) };
}
