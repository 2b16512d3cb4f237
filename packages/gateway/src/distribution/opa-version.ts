import { basename } from 'node:path';
import { Failure } from '@bailiff/contract';
import { factsOfExecutables, type OpaRun, ofExecutable, runOpa } from './opa.ts';

/** The oldest OPA that gives the kernel's whole answer. The launcher looks for one that is no older. */
export const OPA_VERSION_MIN = '1.21.3';

/** How long it may take to say its version. A cold disk takes a second or two. */
const VERSION_TIMEOUT_MS = 15_000;

const MEND = `Name an OPA ${OPA_VERSION_MIN} or newer in engine.opa or BAILIFF_OPA, or start through ./bailiff, which finds or builds one.`;

/**
 * The version of an `opa`, as `1.22.2`, once it is known to be an OPA that can be used here.
 * @throws Failure `configuration_invalid` about `engine.opa`, with what is wrong and the mend.
 */
export function usableOpaVersion(run: OpaRun): Promise<string> {
  return ofExecutable(run, versions, () => foundVersion(run));
}

const versions = factsOfExecutables<string>();

async function foundVersion(run: OpaRun): Promise<string> {
  const result = await runOpa({ ...run, timeoutMs: VERSION_TIMEOUT_MS }, ['version']).catch(
    (cause: unknown) => {
      if (!(cause instanceof Failure)) throw cause; // Aborted.
      throw unusable(`${run.opa} cannot be run`, cause);
    },
  );
  const version = /^Version: (\d+\.\d+\.\d+)/m.exec(result.stdout)?.[1];
  if (result.status !== 0 || version === undefined)
    throw unusable(`${run.opa} is no OPA: \`${basename(run.opa)} version\` does not say a version`);
  if (!isAtLeast(version, OPA_VERSION_MIN)) throw unusable(`${run.opa} is OPA ${version}, which is too old`);
  return version;
}

function unusable(what: string, cause?: Failure): Failure {
  return new Failure('configuration_invalid', `engine.opa: ${what}. ${MEND}`, { cause });
}

function isAtLeast(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) >= 0;
}
