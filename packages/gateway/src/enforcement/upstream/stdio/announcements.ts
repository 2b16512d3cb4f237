import {
  Failure,
  isSevereEnough,
  type JsonObject,
  type ServerDescription,
  type ServerNotification,
  type Subscription,
} from '@bailiff/contract';
import { cancelledNotification } from '../handshake.ts';
import { listenRequest, readAnnouncement, subscriptionFilter } from '../stateless/subscription.ts';
import type { Owner } from './calls-under-way.ts';
import { ENDLESS_MS, type ServerProcess } from './server-process.ts';

/** A conversation that hears what the server announces. */
export interface Listener {
  readonly wanted: Subscription;
  readonly heard: (notification: ServerNotification) => void;
}

/** Heard beside resources and logs by the conversation that a process belongs to. */
const OF_CONVERSATION: readonly string[] = [
  'notifications/elicitation/complete',
  'notifications/tasks/status',
];
const NEVER = new AbortController().signal;

let questions = 0;

/** What the server was told that is wanted of it, in the life of one process. */
interface Told {
  readonly process: ServerProcess;
  readonly uris: Set<string>;
  logLevel: string | undefined;
  /** Id of the running `subscriptions/listen`; empty for none. */
  subscription: string;
}

export interface AnnouncementsOptions {
  readonly owner: Owner;
  /** For each thing that the server is told. */
  readonly timeoutMs: number;
  /** Whether changes of lists are asked for where a server only tells those who ask. */
  readonly wantsLists: boolean;
  /** Who listens at the moment. */
  readonly listeners: ReadonlyMap<symbol, Listener>;
}

/** Who listens to one process, and what the process has therefore been asked to announce. */
export class Announcements {
  readonly #owner: Owner;
  readonly #timeoutMs: number;
  readonly #wantsLists: boolean;
  readonly #listeners: ReadonlyMap<symbol, Listener>;
  #told: Told | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor({ owner, timeoutMs, wantsLists, listeners }: AnnouncementsOptions) {
    this.#owner = owner;
    this.#timeoutMs = timeoutMs;
    this.#wantsLists = wantsLists;
    this.#listeners = listeners;
  }

  /** Whether the server has to be told anything. */
  get isWanted(): boolean {
    return this.#wantedUris().size > 0 || this.#wantedLogLevel() !== undefined;
  }

  /** What a server says by itself, as it is handed on; undefined for what it says on no subscription of ours. */
  read(
    notification: ServerNotification,
    { era }: Pick<ServerDescription, 'era'>,
  ): ServerNotification | undefined {
    if (era === 'session') return notification;
    return this.#told === undefined ? undefined : readAnnouncement(this.#told.subscription, notification);
  }

  /** Hands on what belongs to those who listen. */
  notified(notification: ServerNotification): void {
    const { method, params } = notification;
    for (const { wanted, heard } of this.#listeners.values()) {
      if (this.#isFor(wanted, method, params)) heard(notification);
    }
  }

  #isFor({ resources, logLevel }: Subscription, method: string, { uri, level }: JsonObject): boolean {
    if (method === 'notifications/resources/updated')
      return typeof uri === 'string' && resources.includes(uri);
    if (this.#owner !== 'conversation') return false; // It could be about another’s call.
    if (method === 'notifications/message') return isSevereEnough(level, logLevel);
    return OF_CONVERSATION.includes(method);
  }

  /** Tells the server what is wanted now, one change after another. @throws Failure `upstream_*`. */
  sync(process: ServerProcess, description: ServerDescription): Promise<void> {
    const next = this.#last.then(() => this.#sync(process, description));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #sync(process: ServerProcess, description: ServerDescription): Promise<void> {
    if (this.#told?.process !== process)
      this.#told = { process, uris: new Set(), logLevel: undefined, subscription: '' };
    if (description.era === 'stateless') return this.#subscribe(this.#told, description);
    const { uris } = this.#told;
    const wanted = this.#wantedUris();
    for (const uri of wanted.difference(uris)) {
      await this.#say(process, 'resources/subscribe', { uri });
      uris.add(uri);
    }
    for (const uri of uris.difference(wanted)) {
      uris.delete(uri);
      await this.#say(process, 'resources/unsubscribe', { uri });
    }
    const level = this.#wantedLogLevel();
    if (
      level !== undefined &&
      level !== this.#told.logLevel &&
      description.capabilities.logging !== undefined
    ) {
      await this.#say(process, 'logging/setLevel', { level });
      this.#told.logLevel = level;
    }
  }

  /** A subscription cannot be changed: another one takes its place. */
  #subscribe(told: Told, description: ServerDescription): void {
    const wanted = this.#wantedUris();
    const isSame = wanted.size === told.uris.size && wanted.isSubsetOf(told.uris);
    if (isSame && (told.subscription !== '' || !this.#wantsLists)) return;
    const before = told.subscription;
    told.uris.clear();
    for (const uri of wanted) told.uris.add(uri);
    told.subscription = '';
    const resources = [...wanted];
    const filter = this.#wantsLists
      ? subscriptionFilter(description, { resources, logLevel: undefined })
      : resources.length === 0
        ? undefined
        : { resourceSubscriptions: resources };
    if (filter !== undefined) this.#open(told, filter);
    if (before !== '') told.process.write(cancelledNotification(before));
  }

  #open(told: Told, filter: JsonObject): void {
    questions += 1;
    const id = `bailiff-listen-${questions}`;
    told.subscription = id;
    const isOver = () => {
      if (told.subscription === id) told.subscription = '';
    };
    const request = { id, bytes: listenRequest(id, filter) };
    // It is answered when it is over; the next change asks anew.
    told.process.ask(request, { timeoutMs: ENDLESS_MS, isCancelled: false }, NEVER).then(isOver, isOver);
  }

  async #say(process: ServerProcess, method: string, params: JsonObject): Promise<void> {
    questions += 1;
    const id = `bailiff-${method}-${questions}`;
    const bytes = bytesOf(id, method, params);
    const reply = await process.ask({ id, bytes }, { timeoutMs: this.#timeoutMs }, NEVER);
    if (reply.member === 'error' && method === 'resources/subscribe')
      throw new Failure('upstream_invalid', 'The server does not announce changes of this resource.');
  }

  #wantedUris(): Set<string> {
    return new Set([...this.#listeners.values()].flatMap(({ wanted }) => wanted.resources));
  }

  #wantedLogLevel(): string | undefined {
    if (this.#owner !== 'conversation') return undefined;
    return [...this.#listeners.values()].findLast(({ wanted }) => wanted.logLevel !== undefined)?.wanted
      .logLevel;
  }
}

function bytesOf(id: string, method: string, params: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
}
