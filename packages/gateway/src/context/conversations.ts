import { createHmac } from 'node:crypto';
import type { ActionType, Configuration, Context, Principal } from '@bailiff/contract';
import { createMemory, type Memory } from './memory.ts';
import { createRepeats, type Repeats } from './repeats.ts';

/** Latest tools that policy is told of. */
const RECENT_TOOLS_MAX = 32;

/** Calls of one conversation made once, and as many repeated ones, whose repetitions are counted. */
const REPEATED_CALLS_MAX = 32;

/** Longest readable part of a conversation’s id, in characters. */
const LABEL_CHARACTERS_MAX = 40;

/** What tells a conversation from all others. */
export interface Whose {
  readonly principal: Pick<Principal, 'agentId' | 'userId' | 'issuer' | 'conversation'>;
  /** The client’s own name for it, as a protocol session; empty when it has none. */
  readonly conversationKey: string;
  /** Makes its id readable. Never a secret, such as a session id. */
  readonly label: string;
}

/** A call that begins. */
export interface BegunCall extends Whose {
  readonly type: ActionType;
  /** The same for the same call with the same arguments, and for no other. */
  readonly digest: string;
  readonly tokens: number;
}

/** A call that ended. */
export interface EndedCall extends Whose {
  readonly type: ActionType;
  /** Empty where there is none. */
  readonly tool: string;
  /** Whether it was carried out: forwarded, or allowed to a caller who carries it out. */
  readonly carriedOut: boolean;
  /**
   * Whether the gateway saw it happen, or hears of it from a caller that may report for others. An agent’s own word may add
   * to counts and never lowers one.
   */
  readonly witnessed: boolean;
  /** Tokens of its answer. */
  readonly tokens: number;
  /** Data classes that its answer may have shown to the agent. */
  readonly returns: readonly string[];
}

/** What is known of every conversation that is going on. */
export interface Conversations {
  /** The conversation as policy sees it, this call included. Concurrent calls each count. */
  begin(call: BegunCall): Context;
  /** The same without counting anything: for lists. */
  view(whose: Whose): Context;
  end(call: EndedCall): void;
  /** How many are kept. */
  size(): number;
}

export interface ConversationsOptions {
  readonly limits: Configuration['conversations'];
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Makes ids that nobody can work out; with the same one they stay the same over a restart. */
  readonly secret: Uint8Array;
}

interface Conversation {
  readonly id: string;
  readonly openedAtMs: number;
  lastAtMs: number;
  /** Zero until its first call. */
  turns: number;
  /** Whether model calls begin its turns; else pauses do. */
  hasModelCalls: boolean;
  tokens: number;
  row: number;
  readonly repeats: Repeats;
  recentTools: readonly string[];
  readonly classesSeen: Set<string>;
  /** Shared by all conversations that a principal names itself; one that the credential names has its own. */
  readonly memory: Memory;
}

interface Owner {
  readonly memory: Memory;
  /** Least recently used first. */
  readonly conversations: Map<string, Conversation>;
}

/**
 * Keeps the state of conversations in memory, for one gateway process.
 *
 * A conversation is what the credential names; else what the client names (a protocol session); else the principal’s own,
 * until it is idle. The credential comes first because the issuer’s word cannot be varied by the client, and because an agent
 * holds one protocol session with each server while it holds one conversation with all of them.
 *
 * What a client gains by opening conversations of its own naming: `turn_count`, `session_age_seconds` and `recent_tools` begin
 * anew. What it does not gain:
 * - `tool_calls_in_a_row`, `identical_calls` and `cumulative_tokens` of a new conversation begin at the highest count of the
 *   principal’s others that were used within `turn_gap_seconds`. Reconnecting before each call therefore counts like staying.
 *   The k-th of several conversations opened in one go begins at k, so that with a limit of n they make at most n(n + 1)/2
 *   calls together. Only a pause begins a row anew, as it does within one conversation; a new conversation after such a pause
 *   begins with no tokens. Tokens of conversations that go on beside each other are not added up: that is for budgets.
 * - `data_classes_seen` holds what any of them was shown until that is `idle_seconds` ago: what an agent has read it knows.
 * - A principal holds at most an eighth of all places, and beyond that loses its own conversations, never another’s; the
 *   counts above outlive them. When all places are taken, the principal that was silent for longest gives one up.
 *
 * What it can do: put other actions, carried out by the gateway, between its tool calls, which ends the row; hold many conversations open and let each
 * rest for `turn_gap_seconds` between its rows; or have a call forgotten by making 32 others as often as that one, 64 where
 * it comes again within `turn_gap_seconds`. Calls that all differ never make a repeated one forgotten. The number of sessions
 * and budgets bound all that, not these counts. Conversations that run beside each other under one principal without a
 * user share their counts when they begin; an issuer that names the conversation in the credential keeps them apart.
 */
export function createConversations({ limits, clock, secret }: ConversationsOptions): Conversations {
  const idleMs = limits.idle_seconds * 1_000;
  const gapMs = limits.turn_gap_seconds * 1_000;
  const ownedMax = Math.max(1, Math.ceil(limits.max / 8));
  const owners = new Map<string, Owner>();
  let count = 0;

  function ownerOf({ principal }: Whose): Owner {
    const key = ownerKeyOf(principal);
    const owner = owners.get(key) ?? { memory: createMemory(gapMs, idleMs), conversations: new Map() };
    owners.delete(key); // to the end: most recently used
    owners.set(key, owner);
    return owner;
  }

  /** Gives up the longest unused conversation of the owner, and the owner with its last one. */
  function giveUpOne(key: string, owner: Owner): void {
    const [oldest] = owner.conversations.keys();
    if (oldest !== undefined && owner.conversations.delete(oldest)) count -= 1;
    if (owner.conversations.size === 0) owners.delete(key);
  }

  function conversationOf(whose: Whose): Conversation {
    const nowMs = clock();
    const owner = ownerOf(whose);
    const key = keyOf(whose);
    const known = owner.conversations.get(key);
    owner.conversations.delete(key);
    if (known !== undefined && nowMs - known.lastAtMs < idleMs) {
      owner.conversations.set(key, known);
      return known;
    }
    if (known === undefined) count += 1;
    const id = idOf(whose, key, nowMs, secret);
    const memory = whose.principal.conversation === '' ? owner.memory : createMemory(gapMs, idleMs);
    const opened = openConversation(id, nowMs, memory);
    owner.conversations.set(key, opened);
    if (owner.conversations.size > ownedMax) {
      const [oldest = key] = owner.conversations.keys();
      owner.conversations.delete(oldest);
      count -= 1;
    }
    for (const [ownerKey, other] of owners) {
      if (count <= limits.max || other === owner) break;
      giveUpOne(ownerKey, other);
    }
    return opened;
  }

  return {
    begin(call) {
      const nowMs = clock();
      const conversation = conversationOf(call);
      beginTurn(conversation, call.type, { nowMs, gapMs });
      if (runsTool(call.type)) conversation.row += 1;
      conversation.memory.noteRow(conversation.id, conversation.row, nowMs);
      conversation.tokens += call.tokens;
      conversation.memory.noteTokens(conversation.id, conversation.tokens, nowMs);
      const repeated = countRepeat(conversation, call.digest, nowMs);
      conversation.lastAtMs = nowMs;
      return contextOf(conversation, nowMs, repeated);
    },
    view: (whose) => contextOf(conversationOf(whose), clock(), 0),
    end(call) {
      const nowMs = clock();
      const conversation = conversationOf(call);
      conversation.lastAtMs = nowMs;
      conversation.tokens += call.tokens;
      conversation.memory.noteTokens(conversation.id, conversation.tokens, nowMs);
      for (const shown of call.returns) conversation.classesSeen.add(shown);
      conversation.memory.noteClasses(call.returns, nowMs);
      if (!call.carriedOut) return;
      if (runsTool(call.type)) {
        conversation.recentTools = [...conversation.recentTools, call.tool].slice(-RECENT_TOOLS_MAX);
      } else if (call.witnessed) {
        conversation.row = 0;
        conversation.memory.noteRow(conversation.id, 0, nowMs);
      }
    },
    size: () => count,
  };
}

/** A task is a tool call whose answer comes later; it must not end the row that it is part of. */
export function runsTool(type: ActionType): boolean {
  return type === 'tool_call' || type === 'task';
}

/** By principal, which is the same object at each call with one API key, and never changes. */
const OWNER_KEYS = new WeakMap<Whose['principal'], string>();

function ownerKeyOf(principal: Whose['principal']): string {
  const known = OWNER_KEYS.get(principal);
  if (known !== undefined) return known;
  const key = JSON.stringify([principal.issuer, principal.agentId, principal.userId]);
  OWNER_KEYS.set(principal, key);
  return key;
}

function keyOf({ principal, conversationKey }: Whose): string {
  if (principal.conversation !== '') return `credential:${principal.conversation}`;
  return conversationKey === '' ? 'own' : `client:${conversationKey}`;
}

/** Readable, and the same for the same conversation; the principal’s own has another one each time it begins anew. */
function idOf(whose: Whose, key: string, openedAtMs: number, secret: Uint8Array): string {
  const { issuer, agentId, userId } = whose.principal;
  const parts = [issuer, agentId, userId, key, key === 'own' ? openedAtMs : 0];
  const digest = createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  const label = whose.label.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, LABEL_CHARACTERS_MAX);
  return `${label}-${digest}`;
}

function openConversation(id: string, nowMs: number, memory: Memory): Conversation {
  return {
    id,
    openedAtMs: nowMs,
    lastAtMs: nowMs,
    turns: 0,
    hasModelCalls: false,
    tokens: 0,
    row: 0,
    repeats: createRepeats({ max: REPEATED_CALLS_MAX, keptMs: Number.POSITIVE_INFINITY }),
    recentTools: [],
    classesSeen: new Set(),
    memory,
  };
}

/**
 * The first call begins the first turn, with the row and the tokens that the principal’s other conversations have reached. A model call begins
 * the next; where there are none a pause does, and the row with it, since a pause is where the model would have been asked.
 */
function beginTurn(
  conversation: Conversation,
  type: ActionType,
  { nowMs, gapMs }: { readonly nowMs: number; readonly gapMs: number },
): void {
  const isFirst = conversation.turns === 0;
  if (isFirst) {
    conversation.row = conversation.memory.rowReached(nowMs);
    conversation.tokens = Math.max(conversation.tokens, conversation.memory.tokensReached(nowMs));
  }
  if (type === 'model_call') {
    conversation.hasModelCalls = true;
    conversation.turns += 1;
  } else if (isFirst) {
    conversation.turns = 1;
  } else if (!conversation.hasModelCalls && nowMs - conversation.lastAtMs >= gapMs) {
    conversation.turns += 1;
    conversation.row = 0;
  }
}

/** How often the call was made, this time included. */
function countRepeat(conversation: Conversation, digest: string, nowMs: number): number {
  const { repeats, memory } = conversation;
  const times = (repeats.timesOf(digest, nowMs) || memory.repeatsReached(digest, nowMs)) + 1;
  repeats.note(digest, times, nowMs);
  memory.noteRepeats(digest, times, nowMs);
  return times;
}

function contextOf(conversation: Conversation, nowMs: number, identicalCalls: number): Context {
  const classes = new Set([...conversation.classesSeen, ...conversation.memory.classesSeen(nowMs)]);
  return {
    conversation_id: conversation.id,
    turn_count: conversation.turns,
    cumulative_tokens: conversation.tokens,
    tokens_source: 'estimated',
    session_age_seconds: Math.max(0, Math.floor((nowMs - conversation.openedAtMs) / 1_000)),
    tool_calls_in_a_row: conversation.row,
    identical_calls: identicalCalls,
    recent_tools: [...conversation.recentTools],
    data_classes_seen: [...classes].sort(),
  };
}
