import { expect, test } from 'vitest';
import { type Entry, Gate } from './gate.ts';

const never = new AbortController().signal;

/** A gate by a clock of ours; all who come have `budgetMs` from when they came. */
function gateOf(places: number, { waitingMax = 1_000, budgetMs = Number.POSITIVE_INFINITY } = {}) {
  const clock = { nowMs: 0 };
  const endsMs = new WeakMap<AbortSignal, number>();
  const gate = new Gate({
    places,
    waitingMax,
    monotonicMs: () => clock.nowMs,
    remainingMs: (signal) => (endsMs.get(signal) ?? Number.POSITIVE_INFINITY) - clock.nowMs,
  });
  const come = () => {
    const { signal } = new AbortController();
    endsMs.set(signal, clock.nowMs + budgetMs);
    return gate.enter(signal);
  };
  return { gate, clock, come };
}

function leave(entry: Entry): void {
  if (entry.kind !== 'entered') throw new Error(`It is ${entry.kind}.`);
  entry.leave();
}

/** Places held so often for so long that the estimate is all but exact. */
async function teach({ come, clock }: ReturnType<typeof gateOf>, heldMs: number): Promise<void> {
  for (let count = 0; count < 100; count += 1) {
    const entry = await come();
    clock.nowMs += heldMs;
    leave(entry);
  }
}

test('lets no more in at once than it has places, first come first served', async () => {
  const { gate } = gateOf(2, { waitingMax: 3 });
  const order: number[] = [];
  const comers = [1, 2, 3, 4, 5].map(async (comer) => {
    const entry = await gate.enter(never);
    expect(entry.kind).toBe('entered');
    order.push(comer);
    return entry;
  });
  const [first, second] = await Promise.all(comers.slice(0, 2));
  expect((await gate.enter(never)).kind).toBe('overloaded');
  leave(first as Entry);
  leave((await comers[2]) as Entry);
  expect(order.slice(0, 3)).toEqual([1, 2, 3]);
  leave(second as Entry);
  await Promise.all(comers);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test('forgets who gives up, who then holds no place', async () => {
  const { gate } = gateOf(1, { waitingMax: 1 });
  expect((await gate.enter(AbortSignal.abort())).kind).toBe('aborted');
  const held = await gate.enter(never);
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal);
  controller.abort();
  expect((await waiting).kind).toBe('aborted');
  leave(held);
  expect((await gate.enter(never)).kind).toBe('entered');
});

test('turns away at once whoever would wait longer than the time that is left', async () => {
  const made = gateOf(2, { budgetMs: 250 });
  await teach(made, 50);
  const answers: string[] = [];
  for (let count = 0; count < 50; count += 1) void made.come().then(({ kind }) => answers.push(kind));
  await Promise.resolve();
  // Two are in; eight fit into the 200 ms after which another 50 would be too late.
  expect(answers.filter((kind) => kind === 'entered')).toHaveLength(2);
  const away = answers.filter((kind) => kind === 'overloaded').length;
  expect(away).toBeGreaterThanOrEqual(40);
  expect(away).toBeLessThanOrEqual(42);
});

test('turns away who has waited too long to be served in time, in favour of the next', async () => {
  const made = gateOf(1, { budgetMs: 250 });
  await teach(made, 50);
  const held = await made.come();
  const early = made.come();
  made.clock.nowMs += 210; // Longer than expected: the early one has 40 ms left.
  const late = made.come();
  leave(held);
  expect((await early).kind).toBe('overloaded');
  expect((await late).kind).toBe('entered');
});

test('lets someone in when nobody is, however long the last ones took', async () => {
  const made = gateOf(1, { budgetMs: 250 });
  await teach(made, 10_000);
  const probe = await made.come();
  expect(probe.kind).toBe('entered');
  leave(probe);
  await teach(made, 5);
  const held = await made.come();
  const waiting = made.come();
  leave(held);
  expect((await waiting).kind).toBe('entered');
});
