import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** First byte of what is sealed: how it was. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes of a key. */
export const KEY_BYTES = 32;

/**
 * Encrypts and authenticates with AES-256-GCM: format, nonce, tag, ciphertext. `name` is bound to it, so that what is sealed
 * under one name cannot be put in place of another. A random nonce is safe for some 4,000 million writes under one key.
 */
export function seal(plain: Uint8Array, key: Uint8Array, name: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound(name));
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), encrypted]);
}

/** What was sealed under this name with this key. @throws Error when it was not, or is not whole. */
export function unseal(sealed: Uint8Array, key: Uint8Array, name: string): Uint8Array {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT)
    throw new Error('it is not sealed');
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(bound(name))
    .setAuthTag(tag);
  return Buffer.concat([
    decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)),
    decipher.final(), // throws when the tag does not fit
  ]);
}

function bound(name: string): Uint8Array {
  return Buffer.from(`bailiff grant ${FORMAT} ${name}`);
}
