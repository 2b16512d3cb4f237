import type { Release } from '@bailiff/contract';
import { createDecide, type Decide, type UndecidedEvent } from '../decide.ts';
import type { Engine } from '../engine.ts';
import { openSidecar, type Sidecar } from '../sidecar/sidecar.ts';
import { BundleServer } from './bundle-server.ts';
import { opaExecutable } from './opa.ts';

/** A deadline that a healthy engine keeps on a busy machine, too. */
const GENEROUS_MS = 10_000;

export interface Decider extends Decide {
  readonly events: UndecidedEvent[];
}

/** Decides with an engine by the given releases, the first of which is the active one. */
export function deciderOf(engine: Engine, releases: readonly Release[], deadlineMs = GENEROUS_MS): Decider {
  const events: UndecidedEvent[] = [];
  const decide = createDecide({
    engine,
    releases: {
      current: () => releases[0],
      accepts: (revision) => releases.find(({ policyVersion }) => policyVersion === revision),
    },
    deadlineMs,
    onUndecided: (event) => events.push(event),
  });
  return {
    events,
    decide: (context, signal) => decide.decide(context, signal),
    decideList: (context, signal) => decide.decideList(context, signal),
    visibility: (context, signal) => decide.visibility(context, signal),
  };
}

/** A real OPA that fetches its bundle from a server of the test's. */
export interface RunningOpa extends AsyncDisposable {
  readonly server: BundleServer;
  readonly sidecar: Sidecar;
}

/** Resolves once OPA decides with the bundle; without one, once it runs. */
export async function runOpa(bundle: Uint8Array | undefined): Promise<RunningOpa> {
  const server = await BundleServer.open(bundle);
  const source = { url: server.url, token: server.token, polling: { kind: 'long', seconds: 5 } } as const;
  const sidecar = await openSidecar({
    opa: { kind: 'managed', process: { executable: opaExecutable(), source } },
    onLog: () => {},
  });
  if (bundle !== undefined) await sidecar.whenReady(AbortSignal.timeout(GENEROUS_MS));
  return {
    server,
    sidecar,
    [Symbol.asyncDispose]: async () => {
      await sidecar[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
