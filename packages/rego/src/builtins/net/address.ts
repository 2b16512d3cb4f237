/** Addresses are kept as 16 bytes; those of version 4 behind this, as Go has them. */
const VERSION_4_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** An address as it was read. */
export interface Address {
  /** 16 bytes. */
  readonly bytes: Uint8Array;
  /** How many bits it was written with: `::ffff:1.2.3.4` has 128, though its bytes are those of `1.2.3.4`. */
  readonly bits: 32 | 128;
}

/** The address a text stands for, as Go's `net.ParseIP` reads it: without a zone. Undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '.') {
    const fields = parseVersion4(text);
    return fields && { bytes: mapped(fields), bits: 32 };
  }
  // What has a zone is no address for OPA, with or without an address before it.
  if (first !== ':' || text.includes('%')) return undefined;
  const bytes = parseVersion6(text);
  return bytes && { bytes, bits: 128 };
}

/** The four bytes of an address of version 4, also of one written as `::ffff:1.2.3.4`; undefined for others. */
export function version4Of(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === 4) return bytes;
  for (let index = 0; index < 12; index++) if (bytes[index] !== VERSION_4_PREFIX[index]) return undefined;
  return bytes.subarray(12);
}

/** The 16 bytes of four. */
export function mapped(fields: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(VERSION_4_PREFIX);
  bytes.set(fields, 12);
  return bytes;
}

/** The text of an address of 4 or 16 bytes, as Go's `IP.String`: mapped ones as version 4, others as in RFC 5952. */
export function addressText(address: Uint8Array): string {
  const fields = version4Of(address);
  if (fields !== undefined) return fields.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => groupAt(address, index).toString(16));
  const zeros = longestZeros(address);
  if (zeros === undefined) return groups.join(':');
  return `${groups.slice(0, zeros.start).join(':')}::${groups.slice(zeros.end).join(':')}`;
}

function groupAt(bytes: Uint8Array, index: number): number {
  return ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
}

/** The first of the longest runs of at least two groups that are 0. */
function longestZeros(bytes: Uint8Array): { readonly start: number; readonly end: number } | undefined {
  let longest: { readonly start: number; readonly end: number } | undefined;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groupAt(bytes, end) === 0) end++;
    if (end - start >= 2 && end - start > (longest ? longest.end - longest.start : 0))
      longest = { start, end };
    start = Math.max(start, end - 1);
  }
  return longest;
}

function parseVersion4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const fields = match.slice(1);
  const isValid = fields.every((field) => Number(field) <= 255 && (field === '0' || !field.startsWith('0')));
  return isValid ? Uint8Array.from(fields, Number) : undefined;
}

function parseVersion6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const isShortened = tail !== undefined;
  // Only the last part may end in an address of version 4.
  const start = bytesOfGroups(head, !isShortened);
  const end = isShortened ? bytesOfGroups(tail, true) : [];
  if (start === undefined || end === undefined) return undefined;
  const missing = 16 - start.length - end.length;
  // The :: stands for at least one group.
  if (isShortened ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...start, ...new Array<number>(missing).fill(0), ...end]);
}

function bytesOfGroups(text: string, mayEndInVersion4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const fields = mayEndInVersion4 && index === groups.length - 1 ? parseVersion4(group) : undefined;
    if (fields === undefined) return undefined;
    bytes.push(...fields);
  }
  return bytes;
}
