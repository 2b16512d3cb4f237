import {
  Failure,
  type JsonObject,
  type Listening,
  META_KEYS,
  ownConversationKey,
  type ServerNotification,
} from '@bailiff/contract';
import type { Exchange } from '../../../http/exchange.ts';
import { admit } from '../../actions/opening.ts';
import { subscribe } from '../../actions/subscriptions.ts';
import { plainUriOf } from '../../actions/targets/resource-uri.ts';
import { placeOf } from '../../all-servers/place.ts';
import { notificationText } from '../../json-rpc.ts';
import { isObject, type RequestId } from '../../message.ts';
import type { McpPorts, McpServer } from '../../ports.ts';
import { envelope } from '../../reply.ts';
import type { Asker } from '../../request-context.ts';
import { governedCapabilities } from '../discover.ts';
import type { Envelope } from '../envelope.ts';
import { ownResult } from '../results.ts';

/** Resources that one stream may listen to. */
export const RESOURCES_MAX = 100;

/** How long one stream lasts; its client asks again, with a credential that is still good. */
export const LISTEN_MS_MAX = 3_600_000;

const KEEP_ALIVE_MS = 15_000;

/** Which list each part of a filter is about, at the server and in what it announces. */
const LISTS = {
  toolsListChanged: { capability: 'tools', method: 'notifications/tools/list_changed' },
  promptsListChanged: { capability: 'prompts', method: 'notifications/prompts/list_changed' },
  resourcesListChanged: { capability: 'resources', method: 'notifications/resources/list_changed' },
} as const;
type ListFilter = keyof typeof LISTS;
const LIST_FILTERS = Object.keys(LISTS) as ListFilter[];

const UPDATED = 'notifications/resources/updated';

/** A request to listen, and who makes it. */
export interface Listen extends Asker {
  readonly exchange: Exchange;
  readonly envelope: Envelope;
  readonly message: { readonly id: RequestId; readonly params: JsonObject };
}

/** What a request asks to hear of. */
export interface Wanted {
  readonly lists: readonly ListFilter[];
  readonly resources: readonly string[];
}

/** What a stream opens with. */
interface Opens {
  readonly wanted: Wanted;
  readonly release: string;
  /** The server, or those of all at which the principal is admitted under this release. */
  readonly admittedTo: McpServer;
}

/**
 * One stream of what a server announces. Each resource is decided about when it opens and again under each later release; what
 * could not be decided ends it.
 */
export class Listener {
  readonly #ports: McpPorts;
  readonly #listen: Listen;
  readonly #wanted: Wanted;
  readonly #ended = new AbortController();
  readonly #subscription: JsonObject;
  #release: string;
  #admittedTo: McpServer;
  #lists: readonly ListFilter[] = [];
  #resources: ReadonlySet<string> = new Set();
  #listening: Listening | undefined;
  #checking: Promise<boolean> = Promise.resolve(true);
  #isOpen = false;
  #early: ServerNotification[] = [];

  constructor(ports: McpPorts, listen: Listen, { wanted, release, admittedTo }: Opens) {
    this.#ports = ports;
    this.#listen = listen;
    this.#wanted = wanted;
    this.#release = release;
    this.#admittedTo = admittedTo;
    this.#subscription = { [META_KEYS.subscriptionId]: listen.message.id };
  }

  /** Acknowledges what the stream will tell of, before anything else. @throws Failure where it cannot be opened. */
  async open(): Promise<void> {
    const { exchange } = this.#listen;
    const { capabilities } = await this.#admittedTo.describe(exchange.signal);
    const governed = governedCapabilities(capabilities);
    this.#lists = this.#wanted.lists.filter((list) => can(governed, LISTS[list].capability, 'listChanged'));
    if (can(governed, 'resources', 'subscribe')) this.#resources = await this.#decided();
    await this.#listenAtServer();
    this.#send('notifications/subscriptions/acknowledged', { notifications: this.#honoured() });
    this.#isOpen = true;
    for (const notification of this.#early.splice(0)) this.#announced(notification);
  }

  /** Resolves once the stream is over: its client left, it was ended, or its time was. Never rejects. */
  async last(): Promise<void> {
    const { exchange, message } = this.#listen;
    const timer = setInterval(() => {
      exchange.events().keepAlive();
      void this.#isCurrent();
    }, KEEP_ALIVE_MS).unref();
    const life = setTimeout(() => this.end(), LISTEN_MS_MAX).unref();
    const over = AbortSignal.any([exchange.signal, this.#ended.signal]);
    await new Promise<void>((resolve) => {
      if (over.aborted) resolve();
      over.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(timer);
    clearTimeout(life);
    exchange.events().send(envelope(message.id, ownResult({ _meta: this.#subscription })));
    exchange.events().end();
    // The server may be gone before its subscription is.
    await Promise.allSettled([this.#listening?.[Symbol.asyncDispose]()]);
  }

  /** Ends the stream as it should end. */
  end(): void {
    this.#ended.abort();
  }

  #announced(notification: ServerNotification): void {
    if (this.#isOpen)
      void this.#heard(notification); // never rejects
    else if (this.#early.length < RESOURCES_MAX) this.#early.push(notification);
  }

  async #heard({ method, params }: ServerNotification): Promise<void> {
    if (!(await this.#isCurrent())) return;
    if (this.#lists.some((one) => LISTS[one].method === method)) return this.#send(method, {});
    const { uri } = params;
    if (method === UPDATED && typeof uri === 'string' && this.#resources.has(uri))
      this.#send(UPDATED, { uri });
  }

  /** Decides anew where another release is active by now. False where the stream ends instead. */
  #isCurrent(): Promise<boolean> {
    const release = this.#ports.release();
    if (release === this.#release) return this.#checking;
    this.#release = release;
    this.#checking = this.#check().catch(() => false);
    return this.#checking.then((isGood) => {
      if (!isGood) this.end();
      return isGood;
    });
  }

  async #check(): Promise<boolean> {
    const { signal } = this.#listen.exchange;
    const decisionId = this.#ports.newDecisionId();
    const admitted = await admit({ ...this.#listen, decisionId, signal });
    if (admitted.kind === 'refused') return false;
    const isOther = admitted.server !== this.#admittedTo;
    this.#admittedTo = admitted.server;
    if (this.#resources.size > 0) this.#resources = await this.#decided();
    if (isOther) await this.#listenAtServer();
    else if (this.#resources.size > 0) await this.#listening?.update(this.#atServer(), signal);
    // Another release may show other entries, whatever the server has.
    for (const list of this.#lists) this.#send(LISTS[list].method, {});
    return true;
  }

  /** Those of the wanted resources that may be listened to: which others there are is not told. */
  async #decided(): Promise<ReadonlySet<string>> {
    const allowed = new Set<string>();
    for (const uri of this.#wanted.resources) {
      const { exchange, ...asker } = this.#listen;
      const { ports, server, serverName, params } = placeOf({
        ...asker,
        server: this.#admittedTo,
        method: 'resources/subscribe',
        params: { uri },
      });
      const context = {
        ...asker,
        ...{ ports, server, serverName, params },
        decisionId: this.#ports.newDecisionId(),
        meta: { progressToken: undefined, logLevel: undefined },
        signal: exchange.signal,
        channel: undefined,
        inputRequired: () => Promise.reject(new Failure('internal')),
      };
      const add = async () => {
        allowed.add(uri);
        return { member: 'result', json: '{}' } as const;
      };
      await subscribe(context, add).catch((thrown: unknown) => {
        if (!(thrown instanceof Failure) || thrown.code !== 'unknown_resource') throw thrown;
      });
    }
    return allowed;
  }

  /** Hears what is announced where the principal is admitted by now, and nowhere else any more. */
  async #listenAtServer(): Promise<void> {
    const { exchange, envelope: own, principal } = this.#listen;
    const server = this.#admittedTo;
    const before = this.#listening;
    this.#listening = undefined;
    await before?.[Symbol.asyncDispose]();
    const conversation = { key: ownConversationKey(principal), capabilities: own.capabilities, principal };
    const listening = await server.listen(conversation, this.#atServer(), (one) => {
      if (server === this.#admittedTo) this.#announced(one);
    });
    if (exchange.signal.aborted || this.#ended.signal.aborted) {
      await listening[Symbol.asyncDispose]();
      throw new Failure('client_gone');
    }
    this.#listening = listening;
  }

  #atServer() {
    return { resources: [...this.#resources], logLevel: undefined };
  }

  #honoured(): JsonObject {
    return {
      ...Object.fromEntries(this.#lists.map((list) => [list, true])),
      ...(this.#resources.size === 0 ? {} : { resourceSubscriptions: [...this.#resources] }),
    };
  }

  #send(method: string, params: JsonObject): void {
    const json = JSON.stringify({ _meta: this.#subscription, ...params });
    this.#listen.exchange.events().send(notificationText({ method, json }));
  }
}

/** @throws Failure `invalid_params`. */
export function wantedBy({ notifications, ...others }: JsonObject): Wanted {
  const known: readonly string[] = [...LIST_FILTERS, 'resourceSubscriptions'];
  const isPlain = Object.keys(others).every((key) => key === '_meta');
  if (
    !isPlain ||
    !isObject(notifications) ||
    Object.keys(notifications).some((key) => !known.includes(key))
  ) {
    throw new Failure('invalid_params', `subscriptions/listen takes notifications of ${known.join(', ')}.`);
  }
  const { resourceSubscriptions = [] } = notifications;
  if (!Array.isArray(resourceSubscriptions) || resourceSubscriptions.length > RESOURCES_MAX) {
    throw new Failure('invalid_params', `A stream listens to a list of at most ${RESOURCES_MAX} resources.`);
  }
  const resources = resourceSubscriptions.map((uri) => plainUriOf({ uri }));
  return {
    lists: LIST_FILTERS.filter((list) => notifications[list] === true),
    resources: [...new Set(resources)],
  };
}

function can(governed: JsonObject, name: string, flag: string): boolean {
  const capability = governed[name];
  return isObject(capability) && capability[flag] === true;
}
