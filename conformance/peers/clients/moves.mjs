/**
 * What every client does: `node CLIENT URL TOKEN ID [MODE]` lists the tools, reads the customer ID and is refused an export.
 * Each client has an ID of its own: the same call over and over is refused as a loop.
 */
const [address, token, customer, wanted] = process.argv.slice(2);
const id = Number(customer);

export const url = new URL(address);
export const bearer = { Authorization: `Bearer ${token}` };
export const mode = wanted;
export const ALLOWED = { name: 'read', arguments: { id, rows: 20 } };
export const REFUSED = { name: 'export', arguments: { table: 'interactions', rows: 5_000 + id } };

export const print = (seen) => process.stdout.write(`${JSON.stringify(seen)}\n`);
