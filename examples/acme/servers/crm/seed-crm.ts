import type { DatabaseSync } from 'node:sqlite';
import { between, CUSTOMERS, createRandom, day, pick } from '../seed.ts';

const GIVEN_NAMES = [
  'Anna',
  'Ben',
  'Carla',
  'David',
  'Elif',
  'Felix',
  'Greta',
  'Hugo',
  'Ida',
  'Jonas',
  'Klara',
  'Luca',
  'Maja',
  'Noah',
  'Olga',
  'Paul',
  'Rosa',
  'Samir',
  'Tilda',
  'Umut',
  'Vera',
  'Wim',
  'Yara',
  'Zeno',
];
const FAMILY_NAMES = [
  'Albers',
  'Bianchi',
  'Costa',
  'Dubois',
  'Engel',
  'Fischer',
  'Garcia',
  'Hansen',
  'Ivanova',
  'Jansen',
  'Keller',
  'Lindner',
  'Moreau',
  'Novak',
  'Okafor',
  'Peters',
  'Quist',
  'Rossi',
  'Schulz',
  'Toth',
  'Vogel',
  'Weber',
];
const CITIES = [
  ['Berlin', 'DE'],
  ['Lyon', 'FR'],
  ['Porto', 'PT'],
  ['Utrecht', 'NL'],
  ['Graz', 'AT'],
  ['Turin', 'IT'],
  ['Cork', 'IE'],
  ['Ghent', 'BE'],
] as const;
const PLANS = ['basic', 'basic', 'basic', 'plus', 'plus', 'business'];
const CHANNELS = ['phone', 'mail', 'chat'];
const SUMMARIES = [
  'Asked where the parcel is; sent the tracking link.',
  'Parcel arrived damaged; promised a refund.',
  'Wants to change the delivery address.',
  'Thanked us for the quick help.',
  'Asked for a copy of the invoice.',
  'Cancelled the order before it was sent.',
  'Could not log in; sent a reset link.',
  'Asked about the business plan.',
];
const PRODUCTS = [
  ['Desk lamp', 4_900],
  ['Office chair', 24_900],
  ['Standing desk', 59_900],
  ['Monitor arm', 8_900],
  ['Footrest', 3_400],
  ['Desk mat', 1_900],
  ['Cable tray', 2_200],
  ['Whiteboard', 7_500],
  ['Bookshelf', 12_900],
  ['Filing cabinet', 15_900],
  ['Acoustic panel', 6_900],
  ['Coat stand', 4_200],
] as const;
const STAFF = [
  ['Mara Lindqvist', 'Support, tier 2', 4_700_000],
  ['Lee Park', 'Support, tier 1', 3_900_000],
  ['Sven Maier', 'Sales', 5_200_000],
  ['Omar Haddad', 'Operations', 6_100_000],
  ['Priya Nair', 'Finance manager', 7_400_000],
  ['Ana Ferreira', 'Privacy officer', 6_800_000],
] as const;

const TABLES = `
  CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
    city TEXT NOT NULL, country TEXT NOT NULL, plan TEXT NOT NULL, customer_since TEXT NOT NULL
  ) STRICT;
  CREATE TABLE interactions (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
    held_on TEXT NOT NULL, channel TEXT NOT NULL, summary TEXT NOT NULL
  ) STRICT;
  CREATE INDEX interactions_of_customer ON interactions(customer_id, id);
  CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, stock INTEGER NOT NULL) STRICT;
  CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, salary_cents INTEGER NOT NULL) STRICT;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, recipients TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, written_at TEXT NOT NULL
  ) STRICT;
`;

/** Makes the tables and fills them, in one transaction: the same customers on every machine. */
export function seedCrm(database: DatabaseSync): void {
  const random = createRandom(81);
  database.exec('BEGIN');
  database.exec(TABLES);
  seedCustomers(database, random);
  seedInteractions(database, random);
  const product = database.prepare('INSERT INTO products (name, price_cents, stock) VALUES (?, ?, ?)');
  for (const [name, priceCents] of PRODUCTS) product.run(name, priceCents, between(random, 0, 250));
  const person = database.prepare('INSERT INTO staff (name, role, salary_cents) VALUES (?, ?, ?)');
  for (const row of STAFF) person.run(...row);
  database.exec('COMMIT');
}

function seedCustomers(database: DatabaseSync, random: () => number): void {
  const insert = database.prepare(
    'INSERT INTO customers (name, email, phone, city, country, plan, customer_since) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (let id = 1; id <= CUSTOMERS; id += 1) {
    const [given, family] = [pick(random, GIVEN_NAMES), pick(random, FAMILY_NAMES)];
    const [city, country] = pick(random, CITIES);
    const email = `${given}.${family}.${id}@mail.example`.toLowerCase();
    const phone = `+49 30 555 ${String(between(random, 0, 9_999)).padStart(4, '0')}`;
    insert.run(
      `${given} ${family}`,
      email,
      phone,
      city,
      country,
      pick(random, PLANS),
      day(between(random, 0, 600)),
    );
  }
}

/** Some 6,000 notes, so that an export of 5,000 rows is a real one. */
function seedInteractions(database: DatabaseSync, random: () => number): void {
  const insert = database.prepare(
    'INSERT INTO interactions (customer_id, held_on, channel, summary) VALUES (?, ?, ?, ?)',
  );
  for (let id = 1; id <= CUSTOMERS; id += 1) {
    const notes = between(random, 10, 20);
    for (let note = 0; note < notes; note += 1) {
      insert.run(id, day(between(random, 600, 690)), pick(random, CHANNELS), pick(random, SUMMARIES));
    }
  }
}
