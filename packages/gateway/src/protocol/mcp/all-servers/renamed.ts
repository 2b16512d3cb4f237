import {
  type ItemSpan,
  itemSpans,
  type ListKind,
  type MemberSpan,
  memberSpans,
  type ServerNotification,
} from '@bailiff/contract';
import type { ListedEntry } from '../ports.ts';
import type { Reply } from '../request-context.ts';
import { prefixedName, prefixedUri } from './names.ts';

/** Which member of a list’s entries is their name, and how it is told among those of all servers. */
const NAMED_BY = {
  tools: { member: 'name', prefixed: prefixedName },
  prompts: { member: 'name', prefixed: prefixedName },
  resources: { member: 'uri', prefixed: prefixedUri },
  resource_templates: { member: 'uriTemplate', prefixed: prefixedUri },
} as const satisfies Record<ListKind, unknown>;

const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/** What is found in a text that holds a name of a server’s own; texts without it need no look. */
const MARK = /"(?:uri|taskId)"/;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Servers keep their entries as long as they are listed, and so is their other spelling kept. */
const ENTRIES = new WeakMap<ListedEntry, { readonly serverName: string; readonly json: string }>();

/** A list’s entry as its server wrote it, but for its name. */
export function renamedEntry(entry: ListedEntry, kind: ListKind, serverName: string): string {
  const known = ENTRIES.get(entry);
  if (known?.serverName === serverName) return known.json;
  const { member, prefixed } = NAMED_BY[kind];
  const edits = memberSpans(entry.json)
    .filter(({ key }) => key === member)
    .map(({ start, end }) => ({ start, end, text: JSON.stringify(prefixed(serverName, entry.id)) }));
  const json = edited(entry.json, edits);
  ENTRIES.set(entry, { serverName, json });
  return json;
}

/**
 * An answer as its server wrote it, but for the URIs of its resources and the ids of its tasks where MCP gives them their places:
 * what a client asks for next by one of them reaches the same server.
 */
export function renamedReply(reply: Reply, serverName: string): Reply {
  if (reply.member === 'error' || !MARK.test(reply.json)) return reply;
  return { ...reply, json: new Renaming(reply.json, serverName).result() };
}

/** The same for what a server announces. */
export function renamedNotification(
  notification: ServerNotification,
  serverName: string,
): ServerNotification {
  if (!MARK.test(notification.json)) return notification;
  const json = new Renaming(notification.json, serverName).notification();
  return { method: notification.method, params: JSON.parse(json), json };
}

/** One walk over the text of an object, which visits only where MCP has names. */
class Renaming {
  readonly #text: string;
  readonly #serverName: string;
  readonly #edits: Edit[] = [];

  constructor(text: string, serverName: string) {
    this.#text = text;
    this.#serverName = serverName;
  }

  result(): string {
    for (const span of memberSpans(this.#text)) this.#resultMember(span);
    return edited(this.#text, this.#edits);
  }

  notification(): string {
    for (const span of memberSpans(this.#text)) {
      if (span.key === 'uri') this.#rename(span, prefixedUri);
      else this.#taskMember(span);
    }
    return edited(this.#text, this.#edits);
  }

  #resultMember(span: MemberSpan): void {
    switch (span.key) {
      case 'contents':
        for (const item of this.#items(span)) this.#uriOf(item);
        return;
      case 'content':
        for (const item of this.#items(span)) this.#block(item);
        return;
      case 'messages':
        for (const item of this.#items(span)) this.#message(item);
        return;
      case 'tasks':
        for (const item of this.#items(span)) this.#task(item);
        return;
      case 'task':
        this.#task(span);
        return;
      default:
        this.#taskMember(span);
    }
  }

  #message(item: ItemSpan): void {
    for (const span of this.#members(item)) {
      if (span.key !== 'content') continue;
      this.#block(span);
      for (const block of this.#items(span)) this.#block(block);
    }
  }

  /** A link to a resource, or a resource within the answer. */
  #block(item: ItemSpan): void {
    this.#uriOf(item);
    for (const span of this.#members(item)) if (span.key === 'resource') this.#uriOf(span);
  }

  #uriOf(item: ItemSpan): void {
    for (const span of this.#members(item)) if (span.key === 'uri') this.#rename(span, prefixedUri);
  }

  #task(item: ItemSpan): void {
    for (const span of this.#members(item)) this.#taskMember(span);
  }

  #taskMember(span: MemberSpan): void {
    if (span.key === 'taskId') this.#rename(span, prefixedName);
    if (span.key !== '_meta') return;
    for (const meta of this.#members(span)) if (meta.key === RELATED_TASK) this.#task(meta);
  }

  #rename({ start, end }: ItemSpan, prefixed: (serverName: string, own: string) => string): void {
    const own: unknown = JSON.parse(this.#text.slice(start, end));
    if (typeof own === 'string') {
      this.#edits.push({ start, end, text: JSON.stringify(prefixed(this.#serverName, own)) });
    }
  }

  #members({ start }: ItemSpan): readonly MemberSpan[] {
    return this.#text[start] === '{' ? memberSpans(this.#text, start) : [];
  }

  #items({ start }: ItemSpan): readonly ItemSpan[] {
    return this.#text[start] === '[' ? itemSpans(this.#text, start) : [];
  }
}

/** The text with other spellings in these places, which do not overlap. */
function edited(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, text: replacement } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(text.slice(from, start), replacement);
    from = end;
  }
  parts.push(text.slice(from));
  return parts.join('');
}
