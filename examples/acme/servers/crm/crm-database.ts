import { constants, DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { seedCrm } from './seed-crm.ts';

/** One row, by column. */
export type Row = Record<string, SQLOutputValue>;

/** Tables that can be listed and exported. */
export const TABLES = ['customers', 'interactions', 'products'] as const;
export type Table = (typeof TABLES)[number];

/** What SQL may be pointed at: each source is closed against the tables of the others. */
export const SOURCES = {
  customers: ['customers', 'interactions'],
  products: ['products'],
  staff: ['staff'],
} as const satisfies Record<string, readonly string[]>;
export type Source = keyof typeof SOURCES;

/** Opens the database and fills it when it is new. `path` as SQLite takes it; `:memory:` for none. */
export function openCrmDatabase(path: string): CrmDatabase {
  const database = new DatabaseSync(path);
  if (database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'customers'`).get() === undefined) {
    seedCrm(database);
  }
  return new CrmDatabase(database);
}

/** The company's customers, and what was said to them. */
export class CrmDatabase implements Disposable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  customer(id: number): Row | undefined {
    return this.#all('SELECT * FROM customers WHERE id = ?', id)[0];
  }

  /** Latest first. */
  interactions(customerId: number, rows: number): Row[] {
    return this.#all(
      'SELECT * FROM interactions WHERE customer_id = ? ORDER BY held_on DESC, id DESC LIMIT ?',
      customerId,
      rows,
    );
  }

  /** Customers whose name, address or city holds the text. Wildcards in it are taken as they are. */
  search(text: string, rows: number): Row[] {
    return this.#all(
      `SELECT * FROM customers WHERE instr(lower(name || ' ' || email || ' ' || city), lower(?)) > 0 ORDER BY id LIMIT ?`,
      text,
      rows,
    );
  }

  list(table: Table, rows: number): Row[] {
    return this.#all(`SELECT * FROM ${table} ORDER BY id LIMIT ?`, rows);
  }

  /** Runs one SQL statement, a changing one as well as a reading one. @throws Error for what leaves the source. */
  query(source: Source, sql: string, rows: number): Row[] {
    this.#database.setAuthorizer((action, table) => authorize(SOURCES[source], action, table));
    try {
      const found: Row[] = [];
      for (const row of this.#database.prepare(sql).iterate()) {
        found.push(row);
        if (found.length >= rows) break;
      }
      return found;
    } finally {
      this.#database.setAuthorizer(null);
    }
  }

  /** What is not given stays as it is. Gives the customer as changed; undefined when there is none. */
  updateContact(
    id: number,
    contact: { email?: string | undefined; phone?: string | undefined },
  ): Row | undefined {
    return this.#all(
      'UPDATE customers SET email = coalesce(?, email), phone = coalesce(?, phone) WHERE id = ? RETURNING *',
      contact.email ?? null,
      contact.phone ?? null,
      id,
    )[0];
  }

  /** Whether there was such a customer. Interactions go with it. */
  deleteCustomer(id: number): boolean {
    return this.#database.prepare('DELETE FROM customers WHERE id = ?').run(id).changes === 1;
  }

  /** Puts a mail into the outbox and gives its number. */
  writeMail(mail: { to: readonly string[]; subject: string; body: string; at: string }): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO outbox (recipients, subject, body, written_at) VALUES (?, ?, ?, ?)')
      .run(mail.to.join(', '), mail.subject, mail.body, mail.at);
    return Number(lastInsertRowid);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }
}

/** Lets a statement touch the tables of its source and nothing else: no other file, no setting, no endless recursion. */
function authorize(tables: readonly string[], action: number, name: string | null): number {
  switch (action) {
    case constants.SQLITE_SELECT:
      return constants.SQLITE_OK;
    case constants.SQLITE_FUNCTION:
      return constants.SQLITE_OK; // Extensions, the only ones that reach out, are off unless a connection asks for them.
    case constants.SQLITE_READ:
    case constants.SQLITE_INSERT:
    case constants.SQLITE_UPDATE:
    case constants.SQLITE_DELETE:
    case constants.SQLITE_DROP_TABLE:
      return name !== null && tables.includes(name) ? constants.SQLITE_OK : constants.SQLITE_DENY;
    default:
      return constants.SQLITE_DENY;
  }
}
