import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Activation, Release } from '@bailiff/contract';
import { Failure } from '@bailiff/contract';
import {
  type DeliveryState,
  NOTHING_HAPPENED,
  type ReleaseStore,
  type StoredRelease,
} from '../../releases/release-store.ts';
import { SourceFolder } from '../../sources/folder.ts';
import { OPA, type SampleRelease, sampleRelease } from '../../testing/sample-release.ts';
import { Delivery, type DeliveryEvent, type DeliveryOptions } from '../delivery.ts';
import { Copies } from './followed.ts';

/** Releases in memory; `full` is a disk that takes nothing. */
export class Releases implements ReleaseStore {
  readonly kept = new Map<string, StoredRelease>();
  remembered: DeliveryState = NOTHING_HAPPENED;
  full = false;
  /** What is waited for before what decides is written down. */
  gate: Promise<void> = Promise.resolve();

  async keep(stored: StoredRelease) {
    this.#refuseIfFull();
    this.kept.set(stored.release.policyVersion, stored);
  }
  async find(version: string) {
    return this.kept.get(version);
  }
  async notes() {
    return [...this.kept.values()].map(({ note }) => note);
  }
  async state() {
    return this.remembered;
  }
  async remember(state: DeliveryState) {
    await this.gate;
    this.#refuseIfFull();
    this.remembered = state;
  }

  #refuseIfFull() {
    if (this.full) throw new Error('ENOSPC: no space left on device');
  }
}

/** A ladder that does as it is told, whose activations can be held up. */
export class Ladder {
  current: Release | undefined;
  trial: { release: Release; stage: 'watch' | 'canary' } | undefined;
  readonly stops: string[] = [];
  /** Times in which a release may be taken back that went on. */
  readonly resumed: { readonly version: string; readonly previous: string; readonly sinceMs: number }[] = [];
  broken: string | undefined;
  gate: Promise<void> = Promise.resolve();

  readonly begin = async (release: Release, rung: 'watch' | 'canary' | 'everyone') => {
    if (this.broken !== undefined) throw new Failure('policy_unavailable', this.broken);
    if (rung === 'everyone') return this.replace(release);
    this.trial = { release, stage: rung };
  };
  readonly replace = async (release: Release) => {
    await this.gate;
    this.current = release;
  };
  readonly resume: DeliveryOptions['rollout']['resume'] = ({ policyVersion }, { previous, sinceMs }) => {
    this.resumed.push({ version: policyVersion, previous: previous.policyVersion, sinceMs });
  };
  readonly promote = async (rung: 'canary' | 'everyone') => {
    const { trial } = this;
    if (trial === undefined) throw new Failure('bad_request', 'No release is on trial.');
    if (rung === 'canary') this.trial = { ...trial, stage: 'canary' };
    else {
      await this.replace(trial.release);
      this.trial = undefined;
    }
  };
  readonly stop = async (reason: string) => {
    if (this.trial !== undefined) this.stops.push(reason);
    this.trial = undefined;
  };
  readonly status: DeliveryOptions['rollout']['status'] = () => ({
    trial: null,
    window: null,
    stopped: null,
  });
}

export interface SampleDelivery extends AsyncDisposable {
  readonly delivery: Delivery;
  readonly sample: SampleRelease;
  readonly releases: Releases;
  readonly ladder: Ladder;
  readonly events: DeliveryEvent[];
  readonly troubles: string[];
  readonly missing: ReadonlySet<string>[];
  /** Writes files of the policy folder, and has the delivery look at it. */
  change(files: Readonly<Record<string, string>>): Promise<void>;
  /** Compositions so far. */
  tries(): number;
  /** Another gateway on the same folder and disk, after this one ended. */
  restarted(): Promise<SampleDelivery>;
}

type Changes = Partial<Pick<DeliveryOptions, 'openFetcher' | 'lastGood' | 'clock' | 'engine'>>;

/** A delivery of the sample release, with nothing else of a gateway but a real `opa`. */
export async function sampleDelivery(
  changes: Changes = {},
  before?: SampleDelivery,
): Promise<SampleDelivery> {
  const sample = before?.sample ?? (await sampleRelease());
  const releases = before?.releases ?? new Releases();
  const ladder = new Ladder();
  const events: DeliveryEvent[] = [];
  const troubles: string[] = [];
  const missing: ReadonlySet<string>[] = [];
  let tries = 0;
  const delivery = new Delivery({
    directory: sample.directory,
    opa: OPA,
    kernel: { tree: new SourceFolder(`${sample.directory}/../kernel`), path: '' },
    madeWith: 'tests',
    store: releases,
    rollout: ladder,
    lastGood: new Copies(),
    openFetcher: () => {
      throw new Error('Nothing is fetched.');
    },
    engine: {
      judge: async () => ({ outcome: 'skipped', detail: '' }),
      decideAll: async (_release, texts) => texts.map(() => ({ kind: 'failed', detail: '' })),
      decideAhead: async (_release, texts) => texts.map(() => ({ kind: 'failed', detail: '' })),
      openLane: () => Promise.reject(new Error('no lanes')),
    } as DeliveryOptions['engine'],
    enginesMustAgree: false,
    serverProblems: () => [],
    inputsFor: async () => {
      tries += 1;
      return [];
    },
    current: () => ladder.current,
    onMissing: (names) => void missing.push(names),
    onEvent: (event) => void events.push(event),
    onTrouble: (detail) => void troubles.push(detail),
    watch: () => ({ [Symbol.asyncDispose]: async () => undefined }),
    clock: Date.now,
    random: () => 0.5,
    monotonicMs: () => performance.now(),
    ...changes,
  });
  const own = { delivery, sample, releases, ladder, events, troubles, missing, tries: () => tries };
  const made: SampleDelivery = {
    ...own,
    change: async (files) => {
      await sample.write(files);
      await delivery.pull();
    },
    restarted: async () => {
      await delivery[Symbol.asyncDispose]();
      return sampleDelivery(changes, made);
    },
    async [Symbol.asyncDispose]() {
      await delivery[Symbol.asyncDispose]();
      await sample[Symbol.asyncDispose]();
    },
  };
  return made;
}

/** What was activated, as `kind version`. */
export const activated = (events: readonly DeliveryEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'activated' ? [told(event.activation)] : []));
const told = ({ kind, policy_version }: Activation) => `${kind} ${policy_version}`;

/** The manifest of a bundle of the sample, of this version. */
export const bundleAt = (name: string, version: string) => ({
  [`${name}/bundle.yaml`]: `name: ${name}\nversion: ${version}\nowner: o\n`,
});

/** From the next look on, releases begin with this. */
export async function releasesBegin({ sample }: Pick<SampleDelivery, 'sample'>, rung: string): Promise<void> {
  const file = join(sample.directory, 'release.yaml');
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.startsWith('rollout:'));
  await sample.write({ 'release.yaml': `${lines.join('\n')}rollout: { begins: ${rung} }\n` });
}
