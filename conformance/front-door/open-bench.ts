import { installPeers } from '../peers/install-peers.ts';
import { type Eras, openEverything, openFixture, stdioFixture } from './fixture/open-fixture.ts';
import { lossesOf } from './losses.ts';
import { openFrontDoor } from './open-front-door.ts';
import { runSuite, SUITES, type SuiteName, type SuiteResult } from './suite.ts';

export const SUITE_NAMES = Object.keys(SUITES) as SuiteName[];

/** One fixture for each generation of servers, by its name as a server of the gateway. */
const FIXTURES: Readonly<Record<string, Eras>> = {
  fixture_2025: '2025',
  fixture_2026: '2026',
  fixture_both: '2025,2026',
};
/** Servers whose results through the gateway are held against the fixture of both eras, reached directly. */
export const FIXTURE_NAMES = [...Object.keys(FIXTURES), 'fixture_both_stdio'];

/** What a suite found out about a server directly and through the gateway, and what was lost between the two. */
export interface Comparison {
  readonly direct: SuiteResult;
  readonly through: SuiteResult;
  readonly losses: readonly string[];
}

/** Servers reached directly and through a gateway that allows everything. */
export interface Bench extends AsyncDisposable {
  /** The suite against the fixture of both eras, or against server-everything; run once however often it is asked for. */
  direct(suite: SuiteName, server: string): Promise<SuiteResult>;
  compare(suite: SuiteName, server: string): Promise<Comparison>;
}

/** Opens all servers and the gateway; a string says why the suites cannot be had here. */
export async function openBench(): Promise<Bench | string> {
  const installed = await installPeers();
  if (installed.kind === 'unavailable') return installed.why;
  const peers = installed.path;
  await using opened = new AsyncDisposableStack();
  const started = await Promise.allSettled([
    openEverything(),
    ...Object.values(FIXTURES).map((eras) => openFixture(peers, eras)),
  ]);
  const urls = started.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return opened.use(one.value).url;
  });
  const names = ['everything', ...Object.keys(FIXTURES)];
  const urlOf = (name: string) => urls[names.indexOf(name)] ?? '';
  const overHttp = names.map((name) => [name, { transport: 'http' as const, url: urlOf(name) }] as const);
  const overStdio = { transport: 'stdio' as const, ...stdioFixture(peers, '2025,2026') };
  const servers = { ...Object.fromEntries(overHttp), fixture_both_stdio: overStdio };
  const door = opened.use(await openFrontDoor(servers, { kind: 'auto' }));
  const kept = opened.move();

  const running = new Map<string, Promise<SuiteResult>>();
  const direct = (suite: SuiteName, server: string) => {
    const url = urlOf(server === 'everything' ? server : 'fixture_both');
    const result = running.get(suite + url) ?? runSuite(peers, suite, url);
    running.set(suite + url, result);
    return result;
  };
  return {
    direct,
    async compare(suite, server) {
      const [alone, through] = await Promise.all([
        direct(suite, server),
        runSuite(peers, suite, door.through(server)),
      ]);
      return { direct: alone, through, losses: lossesOf(alone, through) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
