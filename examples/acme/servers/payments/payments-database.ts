import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { between, CUSTOMERS, createRandom, day, pick } from '../seed.ts';

/** One row, by column. */
export type Row = Record<string, SQLOutputValue>;

/** Payments of every customer. Their numbers follow the customer's: customer 7 has the payments 19, 20 and 21. */
const PAYMENTS_PER_CUSTOMER = 3;

const METHODS = ['card', 'card', 'sepa', 'invoice'];

const TABLES = `
  CREATE TABLE payments (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, paid_on TEXT NOT NULL, method TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    refunded_cents INTEGER NOT NULL DEFAULT 0 CHECK (refunded_cents BETWEEN 0 AND amount_cents)
  ) STRICT;
  CREATE INDEX payments_of_customer ON payments(customer_id, id);
  CREATE TABLE refunds (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payments(id), amount_cents INTEGER NOT NULL,
    reason TEXT NOT NULL, made_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE payouts (
    id INTEGER PRIMARY KEY, iban TEXT NOT NULL, amount_cents INTEGER NOT NULL, reference TEXT NOT NULL, made_at TEXT NOT NULL
  ) STRICT;
`;

/** Opens the database and fills it when it is new. `path` as SQLite takes it; `:memory:` for none. */
export function openPaymentsDatabase(path: string): PaymentsDatabase {
  const database = new DatabaseSync(path);
  if (database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'payments'`).get() === undefined)
    seed(database);
  return new PaymentsDatabase(database);
}

/** What customers have paid, and what they were given back. Amounts are in cents. */
export class PaymentsDatabase implements Disposable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined for a customer who never paid anything. */
  balance(customerId: number): Row | undefined {
    return this.#get(
      `SELECT customer_id, count(*) AS payments, sum(amount_cents) AS paid_cents, sum(refunded_cents) AS refunded_cents
       FROM payments WHERE customer_id = ? GROUP BY customer_id`,
      customerId,
    );
  }

  /** Latest first. */
  payments(customerId: number, rows: number): Row[] {
    return this.#database
      .prepare('SELECT * FROM payments WHERE customer_id = ? ORDER BY id DESC LIMIT ?')
      .all(customerId, rows);
  }

  /** Gives back part or all of a payment. Undefined, and nothing is changed, where so much is not left of it. */
  refund(refund: { paymentId: number; amountCents: number; reason: string; at: string }): Row | undefined {
    const { paymentId, amountCents, reason, at } = refund;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const payment = this.#get(
        `UPDATE payments SET refunded_cents = refunded_cents + ?1
         WHERE id = ?2 AND refunded_cents + ?1 <= amount_cents RETURNING *`,
        amountCents,
        paymentId,
      );
      if (payment !== undefined) {
        this.#database
          .prepare('INSERT INTO refunds (payment_id, amount_cents, reason, made_at) VALUES (?, ?, ?, ?)')
          .run(paymentId, amountCents, reason, at);
      }
      this.#database.exec('COMMIT');
      return payment;
    } catch (cause) {
      this.#database.exec('ROLLBACK');
      throw cause;
    }
  }

  /** Notes a payout and gives its number. */
  payOut(payout: { iban: string; amountCents: number; reference: string; at: string }): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO payouts (iban, amount_cents, reference, made_at) VALUES (?, ?, ?, ?)')
      .run(payout.iban, payout.amountCents, payout.reference, payout.at);
    return Number(lastInsertRowid);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }
}

/** The same payments on every machine, each of at least 20.00. */
function seed(database: DatabaseSync): void {
  const random = createRandom(45);
  database.exec('BEGIN');
  database.exec(TABLES);
  const insert = database.prepare(
    'INSERT INTO payments (customer_id, paid_on, method, amount_cents) VALUES (?, ?, ?, ?)',
  );
  for (let customer = 1; customer <= CUSTOMERS; customer += 1) {
    for (let payment = 0; payment < PAYMENTS_PER_CUSTOMER; payment += 1) {
      insert.run(
        customer,
        day(between(random, 600, 690)),
        pick(random, METHODS),
        between(random, 2_000, 120_000),
      );
    }
  }
  database.exec('COMMIT');
}
