import { TOOLS } from '../echoes/tools.ts';
import { BYTE_HAZARDS } from './byte-hazards.ts';
import { draftOf, type Hazard } from './draft.ts';
import { KEY_HAZARDS } from './key-hazards.ts';
import { MESSAGE_HAZARDS } from './message-hazards.ts';
import { Random } from './random.ts';
import { objectOf, write } from './tree.ts';
import { VALUE_HAZARDS } from './value-hazards.ts';
import { someObjectValue } from './values.ts';

/** A message to send. */
export interface Message {
  readonly bytes: Buffer;
  /** What is hostile in it; nothing for one that is merely unusual. */
  readonly hazards: readonly string[];
}

const FAMILIES: readonly (readonly Hazard[])[] = [KEY_HAZARDS, VALUE_HAZARDS, MESSAGE_HAZARDS, BYTE_HAZARDS];

/** How many hazards a message has: most have one, so that another does not hide what it does. */
const COUNTS = [0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3];

/** The message of a seed, a call mostly; the same again for the same seed. `meta` is what its era asks of it in `_meta`. */
export function makeMessage(seed: string, meta?: Readonly<Record<string, unknown>>): Message {
  const random = new Random(seed);
  const params: [string, unknown][] = [['name', random.pick(TOOLS)]];
  if (random.chance(0.95)) params.push(['arguments', someObjectValue(random, 3)]);
  if (meta !== undefined) params.push(['_meta', meta]);
  const draft = draftOf(
    objectOf([
      ['jsonrpc', '2.0'],
      ['id', random.below(1_000_000)],
      ['method', 'tools/call'],
      ['params', Object.fromEntries(params)],
    ]),
  );
  const hazards = Array.from({ length: random.pick(COUNTS) }, () => random.pick(random.pick(FAMILIES)));
  for (const { apply } of hazards) apply(draft, random);
  const space = () => (draft.spaces.length === 0 ? '' : random.pick(draft.spaces));
  const written = Buffer.from(`${draft.before}${write(draft.root, space)}${draft.after}`, 'latin1');
  const bytes = draft.spoilers.reduce<Buffer>((spoiled, spoil) => spoil(spoiled), written);
  return { bytes, hazards: hazards.map(({ name }) => name) };
}
