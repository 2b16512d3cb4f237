import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const FILE = fileURLToPath(new URL('../exceptions.yaml', import.meta.url));

/** What is known not to pass, each with its reason. */
export interface Exceptions {
  /** Built-ins that are not claimed, by name: the cases whose plans need one. */
  readonly builtins: ReadonlyMap<string, string>;
  /** Single cases, by note. */
  readonly cases: ReadonlyMap<string, string>;
}

/** Reads `exceptions.yaml`. @throws {Error} when an entry has no reason. */
export async function readExceptions(): Promise<Exceptions> {
  const read = parse(await readFile(FILE, 'utf8')) as { builtins?: unknown; cases?: unknown };
  return { builtins: reasonsOf(read.builtins, 'builtins'), cases: reasonsOf(read.cases, 'cases') };
}

function reasonsOf(list: unknown, where: string): ReadonlyMap<string, string> {
  const entries = Object.entries((list ?? {}) as Record<string, unknown>);
  return new Map(
    entries.map(([name, reason]) => {
      if (typeof reason === 'string' && reason !== '') return [name, reason];
      throw new Error(`exceptions.yaml: ${where}: ${name} has no reason`);
    }),
  );
}
