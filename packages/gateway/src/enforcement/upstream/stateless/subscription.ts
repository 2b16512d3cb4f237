import type { JsonObject, ServerDescription, ServerNotification, Subscription } from '@bailiff/contract';
import { EVERY_CAPABILITY, isJsonObject } from '../handshake.ts';
import { ownMeta } from './discovery.ts';

const SUBSCRIPTION_KEY = 'io.modelcontextprotocol/subscriptionId';

/** Names in a subscription’s filter, and what a server declares that can announce it. */
const LIST_CHANGES = {
  toolsListChanged: 'tools',
  promptsListChanged: 'prompts',
  resourcesListChanged: 'resources',
} as const;

/** What of a subscription the server can announce; undefined where that is nothing. */
export function subscriptionFilter(
  { capabilities }: ServerDescription,
  wanted: Subscription,
): JsonObject | undefined {
  const filter: { [name: string]: true | string[] } = {};
  for (const [name, kind] of Object.entries(LIST_CHANGES)) {
    const declared = capabilities[kind];
    if (isJsonObject(declared) && declared.listChanged === true) filter[name] = true;
  }
  const { resources } = capabilities;
  if (wanted.resources.length > 0 && isJsonObject(resources)) {
    filter.resourceSubscriptions = [...wanted.resources];
  }
  return Object.keys(filter).length === 0 ? undefined : filter;
}

/** Opens a stream of announcements at a server without sessions. */
export function listenRequest(id: string, notifications: JsonObject): Uint8Array {
  const params = { notifications, _meta: ownMeta(EVERY_CAPABILITY) };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params }));
}

/**
 * An announcement on the subscription of this id, without what only tells subscriptions apart; undefined for one of
 * another, and for the acknowledgement.
 */
export function readAnnouncement(
  id: string,
  { method, params }: ServerNotification,
): ServerNotification | undefined {
  const { _meta, ...said } = params;
  if (!isJsonObject(_meta) || _meta[SUBSCRIPTION_KEY] !== id) return undefined;
  if (method === 'notifications/subscriptions/acknowledged') return undefined;
  return { method, params: said, json: JSON.stringify(said) };
}
