import {
  Failure,
  itemSpans,
  type Json,
  type JsonObject,
  type ListKind,
  memberSpans,
} from '@bailiff/contract';
import type { UpstreamEntry } from './upstream.ts';
import { pause, untilAborted } from './wait.ts';

/** How each list is asked for and read. */
export const LISTS = {
  tools: { method: 'tools/list', member: 'tools', idMember: 'name' },
  prompts: { method: 'prompts/list', member: 'prompts', idMember: 'name' },
  resources: { method: 'resources/list', member: 'resources', idMember: 'uri' },
  resource_templates: {
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    idMember: 'uriTemplate',
  },
} as const satisfies Record<ListKind, unknown>;

/** Entries of one list; as many as one decision may be about. */
export const ENTRIES_MAX = 2_000;
const PAGES_MAX = 200;

/** However often a server announces changes, it is asked at most this often. */
const REFRESH_INTERVAL_MS = 1_000;

/** Control, invisible and separating characters, by which two names could look alike. */
const UNFIT_IN_ID = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}]/u;

export interface ListingOptions {
  readonly kind: ListKind;
  readonly ttlMs: number;
  /** The text of one page’s result. */
  fetchPage(cursor: string | undefined): Promise<string>;
  /** Those that can be used; all of them where it is left out. */
  usable?(entries: readonly UpstreamEntry[]): Promise<readonly UpstreamEntry[]>;
  log(level: 'warn', message: string): void;
}

interface Snapshot {
  readonly entries: readonly UpstreamEntry[];
  readonly byId: ReadonlyMap<string, UpstreamEntry>;
  readonly takenMs: number;
  /** How many changes had been announced when the server was asked for it. */
  readonly heard: number;
}

/** One list of one server, kept until the server says that it changed, or for a while. */
export class Listing {
  readonly #options: ListingOptions;
  #snapshot: Snapshot | undefined;
  /** Changes that the server has announced so far. */
  #announced = 0;
  #refresh: Promise<Snapshot> | undefined;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** The server may have changed the list. */
  invalidate(): void {
    this.#announced += 1;
  }

  async entries(): Promise<readonly UpstreamEntry[]> {
    return (await this.#current()).entries;
  }

  /** Asks the server again, unless that was done a moment ago. */
  async refresh(): Promise<void> {
    if (this.#mayRefresh()) await this.#refreshed();
  }

  /** Asks the server again before it says that there is no such entry. */
  async find(id: string): Promise<UpstreamEntry | undefined> {
    const known = (await this.#current()).byId.get(id);
    if (known !== undefined || !this.#mayRefresh()) return known;
    return (await this.#refreshed()).byId.get(id);
  }

  /**
   * The entry as the server lists it now: no change of it was announced since it was asked, nor was that long ago. Waits until the
   * server may be asked again where it must be. @throws the signal’s failure, and what asking throws.
   */
  async findNow(id: string, signal: AbortSignal): Promise<UpstreamEntry | undefined> {
    const announced = this.#announced; // A server that announces without end must not keep a call waiting for ever.
    for (;;) {
      const snapshot = this.#snapshot;
      if (snapshot !== undefined && snapshot.heard >= announced && !this.#mayRefresh())
        return snapshot.byId.get(id);
      if (snapshot !== undefined && this.#refresh === undefined) {
        const waitMs = snapshot.takenMs + REFRESH_INTERVAL_MS - performance.now();
        if (waitMs >= 0) await pause(waitMs + 1, signal);
      }
      await untilAborted(this.#refreshed(), signal);
    }
  }

  #current(): Promise<Snapshot> | Snapshot {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return this.#refreshed();
    const isOld = performance.now() - snapshot.takenMs > this.#options.ttlMs;
    const isStale = snapshot.heard < this.#announced;
    return (isOld || isStale) && this.#mayRefresh() ? this.#refreshed() : snapshot;
  }

  #mayRefresh(): boolean {
    return this.#snapshot === undefined || performance.now() - this.#snapshot.takenMs > REFRESH_INTERVAL_MS;
  }

  /** One question to the server at a time, whoever waits for it. */
  #refreshed(): Promise<Snapshot> {
    this.#refresh ??= this.#take().finally(() => {
      this.#refresh = undefined;
    });
    return this.#refresh;
  }

  async #take(): Promise<Snapshot> {
    const heard = this.#announced; // Before asking: a change announced meanwhile counts.
    const found: UpstreamEntry[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = readPage(await this.#options.fetchPage(cursor), this.#options.kind);
      found.push(...page.entries);
      cursor = page.nextCursor;
      pages += 1;
      if (found.length > ENTRIES_MAX || pages > PAGES_MAX) {
        throw new Failure('upstream_invalid', `The server lists more than ${ENTRIES_MAX} entries.`);
      }
    } while (cursor !== undefined);
    const unambiguous = this.#unambiguous(found);
    const entries = (await this.#options.usable?.(unambiguous)) ?? unambiguous;
    this.#snapshot = {
      entries,
      byId: new Map(entries.map((entry) => [entry.id, entry])),
      takenMs: performance.now(),
      heard,
    };
    return this.#snapshot;
  }

  /** Leaves out entries that another could be taken for: they can be neither seen nor called. */
  #unambiguous(found: readonly UpstreamEntry[]): UpstreamEntry[] {
    const counts = new Map<string, number>();
    for (const { id } of found) counts.set(id, (counts.get(id) ?? 0) + 1);
    const entries = found.filter(({ id }) => counts.get(id) === 1 && id !== '' && !UNFIT_IN_ID.test(id));
    if (entries.length < found.length) {
      const left = found.length - entries.length;
      this.#options.log(
        'warn',
        `Left out ${left} entries of ${this.#options.kind} with unfit or repeated ids.`,
      );
    }
    return entries;
  }
}

interface Page {
  readonly entries: readonly UpstreamEntry[];
  readonly nextCursor: string | undefined;
}

/** Entries that a client could read differently than we do get an empty id, which leaves them out. */
function readPage(text: string, kind: ListKind): Page {
  const { member, idMember } = LISTS[kind];
  const page: Record<string, unknown> = JSON.parse(text);
  const span = memberSpans(text).find(({ key }) => key === member);
  const items = page[member];
  const { nextCursor } = page;
  if (span === undefined || !Array.isArray(items) || !['undefined', 'string'].includes(typeof nextCursor)) {
    throw new Failure('upstream_invalid', 'The server’s list cannot be read.');
  }
  const entries = itemSpans(text, span.start).map(({ start, end }, index) => {
    const json = text.slice(start, end);
    const item: Json | undefined = items[index];
    return entryOf(json, item, idMember);
  });
  return {
    entries,
    nextCursor: typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined,
  };
}

function entryOf(json: string, item: Json | undefined, idMember: string): UpstreamEntry {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return { id: '', json, hasOutputSchema: false, inputSchema: undefined };
  }
  const keys = memberSpans(json).map(({ key }) => key.toLowerCase());
  const record = item as JsonObject;
  const id = record[idMember];
  const isPlain = new Set(keys).size === keys.length && typeof id === 'string';
  const { outputSchema, inputSchema } = record;
  return { id: isPlain ? id : '', json, hasOutputSchema: outputSchema !== undefined, inputSchema };
}
