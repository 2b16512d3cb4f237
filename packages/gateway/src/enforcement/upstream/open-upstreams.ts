import { isDeepStrictEqual } from 'node:util';
import { Failure, failureOf, type Principal, type ServerConfiguration } from '@bailiff/contract';
import type { UpstreamCredentials } from './credentials/credentials.ts';
import { McpUpstream } from './mcp-upstream.ts';
import type { ApprovedTools } from './pins/quarantine.ts';
import { type OpenServer, ServedUpstream } from './served/served-upstream.ts';
import { type OpenTransport, type ReachOptions, settingsIn, transportOf } from './served/server-settings.ts';
import { BACK_OFF, type BackOff } from './stdio/back-off.ts';
import { ProcessGuard } from './stdio/process-guard.ts';
import type { TransportEvents, Upstream, UpstreamLimits } from './upstream.ts';

export const UPSTREAM_LIMITS: UpstreamLimits = {
  resultBytesMax: 67_108_864,
  inFlightMax: 512,
  startTimeoutMs: 30_000,
  listTimeoutMs: 30_000,
  listTtlMs: 60_000,
  sessionsMax: 10_000,
};

/** How long calls go on at a server that was replaced or removed, unless it is said otherwise. */
export const DRAIN_MS = 60_000;

type Servers = Readonly<Record<string, ServerConfiguration>>;

/** Credentials of a server that came with a release; disposing of them ends requests to issuers. */
export interface ServerCredentials extends AsyncDisposable {
  readonly byServer: ReadonlyMap<string, UpstreamCredentials>;
}

export interface UpstreamsOptions {
  readonly limits?: Partial<UpstreamLimits>;
  readonly backOff?: BackOff;
  /** Default: `DRAIN_MS`. */
  readonly drainMs?: number;
  /** The gateway’s own environment: what servers’ processes inherit a little of, and where secrets are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What each configured server is shown beside its headers, by its name; left out where none has a credential. */
  readonly credentials?: ReadonlyMap<string, UpstreamCredentials> | undefined;
  /** The same for servers that come with a release. @throws Failure for a credential that cannot be used. */
  openCredentials?(servers: Servers): Promise<ServerCredentials>;
  /** The token that a principal came in with, for exchanging it; left out where no server asks for that. */
  readonly subjectTokenOf?: ((principal: Principal) => string | undefined) | undefined;
  /** Where servers’ processes run unless configured otherwise. */
  readonly directory: string;
  /** The same for servers that come with a release, and what paths in their settings are relative to. Default: `directory`. */
  readonly releaseDirectory?: string;
  /** What of a server’s tools was approved, by the release that decides; undefined where the server is not pinned. */
  approvedTools?(server: string): ApprovedTools | undefined;
  /** A server of a release came, was replaced or went. */
  switched?(done: ServerSwitch): void;
  /** Never message contents. What a server says on its standard error comes as `info`. */
  log(level: 'info' | 'warn', server: string, message: string): void;
}

/** What became of one server when another release was activated. */
export interface ServerSwitch {
  readonly server: string;
  readonly change: 'added' | 'replaced' | 'removed';
  /** `idle` where nobody needed it yet, so that nothing had to be started. */
  readonly result: 'ready' | 'failed' | 'idle';
  /** Until the new one answered, or until the last call at a removed one was over. The policy switch waits for neither. */
  readonly durationMs: number;
}

/** All servers behind the gateway. Closing it ends every process and session, and leaves nothing behind. */
export interface Upstreams extends AsyncDisposable {
  /** Changes as releases bring servers and take them away. */
  readonly byName: ReadonlyMap<string, Upstream>;
  /**
   * From now on these servers are there beside the configured ones, and no others. Never waits nor throws. One whose settings are
   * as they were stays as it is; a configured one of the same name stays the configured one.
   */
  follow(servers: Servers): void;
}

/**
 * The configured servers. None is contacted before it is needed.
 * @throws Failure `configuration_invalid` naming the server and the variable that is not set.
 */
export function openUpstreams(servers: Servers, options: UpstreamsOptions): Upstreams {
  return new UpstreamSet(servers, options);
}

interface Opening {
  readonly openTransport: OpenTransport;
  readonly credentials: UpstreamCredentials | undefined;
  readonly closes?: AsyncDisposable | undefined;
}

class UpstreamSet implements Upstreams {
  readonly byName = new Map<string, ServedUpstream>();
  readonly #options: UpstreamsOptions;
  readonly #limits: UpstreamLimits;
  readonly #guard = new ProcessGuard();
  readonly #configured: ReadonlySet<string>;
  /** Settings of the servers of the release. */
  #followed: Servers = {};
  readonly #removing = new Map<ServedUpstream, Promise<void>>();
  readonly #killAll = () => this.#guard.killAll();
  #isClosed = false;

  constructor(servers: Servers, options: UpstreamsOptions) {
    this.#options = options;
    this.#limits = { ...UPSTREAM_LIMITS, ...options.limits };
    this.#configured = new Set(Object.keys(servers));
    for (const [name, server] of Object.entries(servers)) {
      const openTransport = transportOf(name, server, this.#reach(options.directory));
      const credentials = options.credentials?.get(name);
      this.#add(name, async () => this.#upstream(name, { openTransport, credentials }));
    }
    // When the gateway exits without closing, processes still must not outlive it.
    process.once('exit', this.#killAll);
  }

  follow(servers: Servers): void {
    if (this.#isClosed) return;
    const before = this.#followed;
    const own = Object.entries(servers).filter(([name]) => !this.#isConfigured(name));
    this.#followed = Object.fromEntries(own);
    for (const name of Object.keys(before)) if (!Object.hasOwn(this.#followed, name)) this.#remove(name);
    for (const [name, server] of own) {
      const known = Object.hasOwn(before, name) ? before[name] : undefined;
      if (known === undefined) {
        this.#add(name, this.#opening(name, server));
        this.#done({ server: name, change: 'added', result: 'idle', durationMs: 0 });
      } else if (!isDeepStrictEqual(known, server)) this.#replace(name, server);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const all = [...this.byName.values(), ...this.#removing.keys()];
    await Promise.all(all.map((upstream) => upstream[Symbol.asyncDispose]()));
    await Promise.all(this.#removing.values());
    await this.#guard[Symbol.asyncDispose]();
    process.off('exit', this.#killAll);
  }

  #isConfigured(name: string): boolean {
    if (!this.#configured.has(name)) return false;
    this.#options.log('warn', name, 'The release brings a server of this name; the configured one stays.');
    return true;
  }

  #add(name: string, open: OpenServer): void {
    const { drainMs = DRAIN_MS, approvedTools } = this.#options;
    this.byName.set(
      name,
      new ServedUpstream({
        name,
        open,
        approved: () => approvedTools?.(name),
        drainMs,
        log: (level, message) => this.#options.log(level, name, message),
      }),
    );
  }

  #remove(name: string): void {
    const upstream = this.byName.get(name);
    if (upstream === undefined) return;
    this.byName.delete(name);
    const startedMs = performance.now();
    const removed = upstream.remove().then(() => {
      this.#removing.delete(upstream);
      const durationMs = performance.now() - startedMs;
      this.#done({ server: name, change: 'removed', result: 'ready', durationMs });
    });
    this.#removing.set(upstream, removed);
  }

  /** One that was in use is started again at once, so that the next call need not wait for it. */
  #replace(name: string, server: ServerConfiguration): void {
    const upstream = this.byName.get(name);
    if (upstream === undefined) return;
    const wasOpen = upstream.isOpen;
    const startedMs = performance.now();
    upstream.replace(this.#opening(name, server));
    const done = (result: ServerSwitch['result'], detail = '') => {
      const durationMs = performance.now() - startedMs;
      this.#done({ server: name, change: 'replaced', result, durationMs }, detail);
    };
    if (!wasOpen) done('idle');
    else {
      upstream.describe(AbortSignal.timeout(this.#limits.startTimeoutMs)).then(
        () => done('ready'),
        (thrown: unknown) => done('failed', failureOf(thrown).detail),
      );
    }
  }

  #done(done: ServerSwitch, detail = ''): void {
    const { server, change, result, durationMs } = done;
    const ms = Math.round(durationMs);
    const words = result === 'idle' ? 'nothing was running' : `${result} after ${ms} ms`;
    const level = result === 'failed' ? 'warn' : 'info';
    const why = detail === '' ? '' : ` (${detail})`;
    this.#options.log(level, server, `The release has ${change} the server: ${words}${why}.`);
    this.#options.switched?.(done);
  }

  /** Its secrets are looked up when it is needed: what is not set is no reason to refuse everything else of a release. */
  #opening(name: string, server: ServerConfiguration): OpenServer {
    const { openCredentials, releaseDirectory, directory } = this.#options;
    return async () => {
      try {
        const settings = settingsIn(releaseDirectory ?? directory, server);
        const openTransport = transportOf(name, settings, this.#reach(directory));
        const opened = await openCredentials?.({ [name]: settings });
        return this.#upstream(name, {
          openTransport,
          credentials: opened?.byServer.get(name),
          closes: opened,
        });
      } catch (thrown) {
        const { detail } = failureOf(thrown);
        this.#options.log('warn', name, detail);
        throw new Failure('upstream_unavailable', 'The server’s settings cannot be used here.', {
          cause: thrown,
        });
      }
    };
  }

  #upstream(name: string, { openTransport, credentials, closes }: Opening): McpUpstream {
    return new McpUpstream({
      name,
      closes,
      limits: this.#limits,
      openTransport: (events: TransportEvents) => openTransport(events, credentials),
      log: (level, message) => this.#options.log(level, name, message),
    });
  }

  #reach(directory: string): ReachOptions {
    const { environment, backOff = BACK_OFF, subjectTokenOf } = this.#options;
    return { limits: this.#limits, guard: this.#guard, environment, backOff, directory, subjectTokenOf };
  }
}
