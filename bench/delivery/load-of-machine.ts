import { availableParallelism, loadavg } from 'node:os';

/** What the machine had to do in the last minute, the measuring included: no figure says anything without it. */
export function loadOfMachine(): string {
  return `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors`;
}
