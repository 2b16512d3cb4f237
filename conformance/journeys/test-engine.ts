import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../../packages/contract/src/index.ts';
import { EngineVerdicts, VERDICTS_FILE } from '../../packages/gateway/src/stores/engine-verdicts.ts';
import { until } from './faults/processes.ts';

type EngineKind = Configuration['engine']['kind'];

/** The kind of engine that tests of a whole gateway run on: what the project of the run says, else OPA alone. */
export const ENGINE: EngineKind = engineNamed(process.env.BAILIFF_TEST_ENGINE);

/** Whether policy is evaluated without OPA once a release was admitted. */
export const IS_EMBEDDED = ENGINE === 'embedded';

/** For what is about OPA itself, where OPA alone decides. */
export const ONLY_SIDECAR = { skip: ENGINE !== 'sidecar' } as const;
/** For what must hold of OPA’s absence where the embedded engine decides. */
export const ONLY_EMBEDDED = { skip: !IS_EMBEDDED } as const;

/** Folder of one run in which gateways leave what they found of releases, so that not each one tries them anew. */
const SHARED = process.env.BAILIFF_TEST_VERDICTS;

function engineNamed(name: string | undefined): EngineKind {
  return name === 'embedded' || name === 'auto' ? name : 'sidecar';
}

/** Gives a gateway that is to start what others found of their releases. It has its own file afterwards. */
export async function lendVerdicts(dataDirectory: string): Promise<void> {
  if (SHARED === undefined || ENGINE === 'sidecar') return;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const force = { force: false, errorOnExist: false } as const; // What it found itself is not overwritten.
  await cp(join(SHARED, VERDICTS_FILE), join(dataDirectory, VERDICTS_FILE), force).catch(() => {}); // None yet.
}

/** Leaves what a gateway that is ready on the embedded engine found, for those after it, as soon as it is kept. */
export async function shareVerdicts(dataDirectory: string): Promise<void> {
  if (SHARED === undefined || !IS_EMBEDDED) return;
  const file = join(dataDirectory, VERDICTS_FILE);
  let found: readonly [string, Verdict][] = [];
  const isKept = async () => {
    const text = await readFile(file, 'utf8').catch(() => '{}');
    found = Object.entries(JSON.parse(text) as Record<string, Verdict>);
    return found.length > 0;
  };
  await until('what was found is kept', isKept, KEPT_TIMEOUT_MS).catch(() => {}); // On a disk of its own it is not seen.
  const shared = new EngineVerdicts(SHARED);
  for (const [key, verdict] of found)
    if (verdict.kind === 'admitted' && (await shared.find(key)) === undefined)
      await shared.keep(key, verdict);
}

type Verdict = Parameters<EngineVerdicts['keep']>[1];
const KEPT_TIMEOUT_MS = 2_000;
