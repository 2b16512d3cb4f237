import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Counted, CountsQuestion, Dimension, RecordCounts } from '../../../record/reader.ts';
import { endOfBucketMs } from './buckets.ts';
import { HOUR_MS } from './indexer.ts';

/** A store’s counts of whole hours. */
export class CountsQuery {
  readonly #hours: StatementSync;
  readonly #values: StatementSync;
  readonly #latency: StatementSync;

  constructor(database: DatabaseSync) {
    this.#hours = database.prepare(
      `SELECT hour, outcome, count FROM rollup WHERE dimension = '' AND hour BETWEEN ? AND ? ORDER BY hour, outcome`,
    );
    this.#values = database.prepare(
      `SELECT value, outcome, sum(count) AS count FROM rollup WHERE dimension = ? AND hour BETWEEN ? AND ?
       GROUP BY value, outcome ORDER BY sum(count) DESC, value, outcome`,
    );
    this.#latency = database.prepare(
      'SELECT bucket, sum(count) AS count FROM latency WHERE hour BETWEEN ? AND ? GROUP BY bucket ORDER BY bucket',
    );
  }

  counts({ sinceMs, untilMs, dimensions }: CountsQuestion): RecordCounts {
    const first = Math.floor(sinceMs / HOUR_MS);
    const last = Math.ceil(untilMs / HOUR_MS) - 1;
    const values = (dimension: Dimension) =>
      this.#values.all(dimension, first, last).map(({ value, outcome, count }) => ({
        value: String(value),
        outcome: String(outcome) as Counted['outcome'],
        count: Number(count),
      }));
    return {
      hours: this.#hours.all(first, last).map(({ hour, outcome, count }) => ({
        hourMs: Number(hour) * HOUR_MS,
        outcome: String(outcome) as RecordCounts['hours'][number]['outcome'],
        count: Number(count),
      })),
      dimensions: Object.fromEntries(dimensions.map((name) => [name, values(name)])),
      latency: this.#latency
        .all(first, last)
        .map(({ bucket, count }) => ({ upToMs: endOfBucketMs(Number(bucket)), count: Number(count) })),
    };
  }
}
