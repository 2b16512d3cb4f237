import { hash } from 'node:crypto';
import { until } from '../journeys/faults/processes.ts';
import type { Readings, Receipt } from './echoes/open-echoes.ts';
import { type Evidence, judge } from './judge.ts';
import { type Lane, STATELESS_META, type Told } from './lane.ts';
import { type Message, makeMessage } from './messages/make-message.ts';
import type { Range } from './open-range.ts';
import type { Recorded } from './record-tail.ts';

/** A message that did not go as it must. */
export interface Mismatch {
  readonly bytes: Uint8Array;
  readonly hazards: readonly string[];
  readonly server: string;
  readonly era: Lane['era'];
  readonly wrong: readonly string[];
}

export interface Totals {
  readonly sent: number;
  readonly arrived: number;
  readonly refused: number;
  /** Answered by the gateway itself, or taken without an answer: pings, lists, notifications. */
  readonly served: number;
  readonly mismatches: readonly Mismatch[];
  /** Keys alone in their object that a struct of Go’s takes for one of its fields. */
  readonly aliases: number;
  /** By hazard, or `none`. */
  readonly arrivedWith: ReadonlyMap<string, number>;
  /** By reason. */
  readonly refusedFor: ReadonlyMap<string, number>;
}

/** What the gateway itself asks or tells servers. */
const OWN_METHODS: readonly unknown[] = [
  'initialize',
  'notifications/initialized',
  'notifications/cancelled',
  'tools/list',
  'server/discover',
  'ping',
];

/** The last line of every run. */
export const lineOf = ({ sent, arrived, refused, mismatches }: Totals): string =>
  `exact bytes: ${sent} sent, ${arrived} arrived, ${refused} refused, ${mismatches.length} mismatches`;

/** Counts what was judged. */
export class Tally {
  #sent = 0;
  #arrived = 0;
  #refused = 0;
  #served = 0;
  #aliases = 0;
  readonly #mismatches: Mismatch[] = [];
  readonly #arrivedWith = new Map<string, number>();
  readonly #refusedFor = new Map<string, number>();

  add(message: Message, lane: Lane, evidence: Evidence | undefined, cause = ''): void {
    this.#sent += 1;
    const about = { bytes: message.bytes, hazards: message.hazards, server: lane.server, era: lane.era };
    if (evidence === undefined) {
      this.#mismatches.push({ ...about, wrong: [`there was no answer: ${cause}`] });
      return;
    }
    const { told, receipts } = evidence;
    if (receipts.length > 0) {
      this.#arrived += 1;
      for (const hazard of message.hazards.length === 0 ? ['none'] : message.hazards)
        count(this.#arrivedWith, hazard);
    } else if (told.kind === 'served') this.#served += 1;
    else {
      this.#refused += 1;
      count(this.#refusedFor, told.reasons[0] ?? '');
    }
    const { wrong, aliases } = judge(evidence);
    this.#aliases += aliases;
    if (wrong.length > 0) this.#mismatches.push({ ...about, wrong });
  }

  /** What arrived and nobody sent. */
  stray(receipt: Receipt): void {
    const wrong = [`${String(receipt.method)} arrived under an id that no client was told`];
    this.#mismatches.push({
      bytes: Buffer.from(receipt.base64, 'base64'),
      hazards: [],
      server: '',
      era: 'session',
      wrong,
    });
  }

  get totals(): Totals {
    return {
      sent: this.#sent,
      arrived: this.#arrived,
      refused: this.#refused,
      served: this.#served,
      aliases: this.#aliases,
      mismatches: this.#mismatches,
      arrivedWith: this.#arrivedWith,
      refusedFor: this.#refusedFor,
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Messages of a seed, from a number on, in the era of the client that sends them. */
export const seeded =
  (seed: string) =>
  (index: number, { era }: Lane): Message =>
    makeMessage(`${seed}:${index}`, era === 'stateless' ? STATELESS_META : undefined);

interface Sending {
  readonly message: Message;
  readonly lane: Lane;
  readonly told: Told | undefined;
  readonly cause: string;
}

/** Where messages go, and what counts what becomes of them. */
export interface Shooting {
  readonly range: Range;
  readonly tally: Tally;
}

/** Sends `count` messages from number `from` on over all lanes at once, then judges them all. */
export async function shoot(
  { range, tally }: Shooting,
  messageOf: (index: number, lane: Lane) => Message,
  { from, count: size }: { readonly from: number; readonly count: number },
): Promise<void> {
  const sendings: Sending[] = [];
  let next = from;
  await Promise.all(
    range.lanes.map(async (lane) => {
      while (next < from + size) {
        const message = messageOf(next, lane);
        next += 1;
        sendings.push({ message, lane, ...(await send(lane, message)) });
      }
    }),
  );
  await judgeAll(range, sendings, tally);
}

/** A message as a client on a lane sends it. */
export type Shot = (lane: Lane) => Message;

/** Sends each message once on each of these lanes, then judges them all. */
export async function shootEach(
  { range, tally, lanes = range.lanes }: Shooting & { readonly lanes?: readonly Lane[] },
  shots: readonly Shot[],
): Promise<void> {
  const sendings: Sending[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const shot of shots) {
        const message = shot(lane);
        sendings.push({ message, lane, ...(await send(lane, message)) });
      }
    }),
  );
  await judgeAll(range, sendings, tally);
}

async function send(lane: Lane, { bytes }: Message): Promise<Pick<Sending, 'told' | 'cause'>> {
  try {
    return { told: await lane.send(bytes), cause: '' };
  } catch (thrown) {
    return { told: undefined, cause: String(thrown) };
  }
}

async function judgeAll(
  { echoes, record }: Range,
  sendings: readonly Sending[],
  tally: Tally,
): Promise<void> {
  const perEcho = await Promise.all(echoes.map((echo) => echo.received()));
  const receipts = perEcho.flat().filter(({ method }) => !OWN_METHODS.includes(method));
  const byId = Map.groupBy(receipts, ({ id }) => id);
  const ids = new Set(sendings.map(({ told }) => told?.decisionId ?? ''));
  for (const receipt of receipts) if (!ids.has(String(receipt.id))) tally.stray(receipt);
  const readings = await readByAll(
    echoes,
    receipts.map(({ base64 }) => Buffer.from(base64, 'base64')),
  );
  const carried = sendings.filter(({ told }) => byId.has(told?.decisionId));
  const sentReadings = await readByAll(
    echoes,
    carried.map(({ message }) => message.bytes),
  );
  const known = await recordOf(record, sendings, byId);
  for (const { message, lane, told, cause } of sendings) {
    const arrived = told === undefined ? [] : (byId.get(told.decisionId) ?? []);
    const evidence = told && {
      sent: message.bytes,
      told,
      recorded: known.get(told.decisionId) ?? {},
      receipts: arrived,
      readings: readings.get(arrived[0]?.sha256 ?? '') ?? {},
      sentReadings: arrived.length === 0 ? {} : (sentReadings.get(hash('sha256', message.bytes)) ?? {}),
    };
    tally.add(message, lane, evidence, cause);
  }
  record.forget();
}

/** By digest: what the parsers of all languages read in these bodies. */
async function readByAll(
  echoes: Range['echoes'],
  bodies: readonly Uint8Array[],
): Promise<ReadonlyMap<string, Readings>> {
  const all = await Promise.all(echoes.map((echo) => echo.read(bodies)));
  return new Map(
    bodies.map((body, index) => [hash('sha256', body), Object.assign({}, ...all.map((each) => each[index]))]),
  );
}

/** The record, once it says of everything that was allowed and did not arrive what became of it. */
async function recordOf(
  record: Range['record'],
  sendings: readonly Sending[],
  arrived: ReadonlyMap<unknown, unknown>,
): Promise<ReadonlyMap<string, Recorded>> {
  let known = record.read();
  const isOpen = ({ told }: Sending) => {
    if (told === undefined || told.kind !== 'refused' || arrived.has(told.decisionId)) return false;
    const { decision, refusal, outcome } = known.get(told.decisionId) ?? {};
    return (
      refusal === undefined && (decision === undefined || (decision.answer.allow && outcome === undefined))
    );
  };
  try {
    await until(
      'what was refused is recorded',
      () => {
        known = record.read();
        return !sendings.some(isOpen);
      },
      10_000,
    );
  } catch {
    // Whatever is still not there is judged as missing.
  }
  return known;
}
