import type { Json, JsonObject, Release } from '@bailiff/contract';
import { completeForCompany } from '../conformance/example-company.ts';

/**
 * How calls come. `asked_afresh`: each in a conversation of its own, as a client of the decision API without one asks, of a few
 * hundred different questions, some far more often than others. `in_conversations`: agents at work, whose conversations count
 * calls, tokens and seconds. `refused_again`: half of those, and half an agent that repeats what it was refused.
 */
export const MIXES = ['asked_afresh', 'in_conversations', 'refused_again'] as const;
export type Mix = (typeof MIXES)[number];

const WHO = [
  { agent: { id: 'support-bot' }, user: { id: 'mara' } },
  { agent: { id: 'ops-bot' }, user: { id: 'omar' } },
  { agent: { id: 'sales-bot' }, user: { id: 'sven' } },
];

const WHAT: readonly ((n: number) => { readonly tool: string; readonly args: JsonObject })[] = [
  (n) => ({ tool: 'crm.read', args: { id: n } }),
  (n) => ({ tool: 'crm.search', args: { query: `customer ${n}`, rows: 20 } }),
  (n) => ({ tool: 'crm.export', args: { id: 1, rows: 10 * n } }),
  (n) => ({ tool: 'everything.echo', args: { id: 1, message: `message ${n}` } }),
  (n) => ({ tool: 'filesystem.read_text_file', args: { id: 1, path: `/srv/files/${n}.txt` } }),
];

/** Questions of one kind that differ in their arguments. */
const DIFFERENT = 40;
/** Calls of one conversation. */
const CONVERSATION = 20;

/** Calls of the example company's agents; the same ones in each run. */
export function companyCalls(release: Release): { next(mix: Mix, count: number): { texts: string[] } } {
  const random = seeded(1);
  let turn = 0;
  const question = (): JsonObject => {
    const who = WHO[random(WHO.length)];
    const what = WHAT[random(WHAT.length)];
    // The least of three draws: the first of them come most.
    const { tool, args } = what?.(Math.min(random(DIFFERENT), random(DIFFERENT), random(DIFFERENT))) ?? {};
    return { ...who, action: { tool: tool as Json, args: args as Json } };
  };
  const at = (): JsonObject => ({
    conversation_id: `c-${Math.floor(turn / CONVERSATION)}`,
    turn_count: 1 + Math.floor((turn % CONVERSATION) / 4),
    cumulative_tokens: 37 * (1 + (turn % CONVERSATION)) + random(200),
    session_age_seconds: 6 * (turn % CONVERSATION) + random(6),
    tool_calls_in_a_row: 1 + (turn % 4),
  });
  const textOf = (mix: Mix): string => {
    turn += 1;
    const time_s = 1_795_355_100 + turn;
    const environment = { time_s, time: new Date(time_s * 1_000).toISOString() };
    const isAgain = mix === 'refused_again' && turn % 2 === 0;
    const asked = isAgain ? { ...WHO[0], action: { tool: 'payments.refund', args: { id: 1 } } } : question();
    const context = mix === 'asked_afresh' || isAgain ? { conversation_id: `d-${turn}` } : at();
    return JSON.stringify(completeForCompany({ ...asked, context, environment } as JsonObject, release));
  };
  return { next: (mix, count) => ({ texts: Array.from({ length: count }, () => textOf(mix)) }) };
}

/** Numbers below a bound from a seed: mulberry32. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
