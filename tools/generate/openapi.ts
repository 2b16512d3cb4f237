/** Writes `docs/reference/openapi.json`. The document itself is made beside the routes it tells of, and served from there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApiDocument } from '../../packages/gateway/src/control/openapi.ts';
import { ROOT } from '../tree.ts';

/** Path below the repository. */
export const OPENAPI_FILE = 'docs/reference/openapi.json';

/** The text of the file. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}

if (import.meta.main) {
  const file = join(ROOT, OPENAPI_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, openApiText());
}
