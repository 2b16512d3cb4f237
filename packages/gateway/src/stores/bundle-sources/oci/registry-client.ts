import { unavailable } from '../unavailable.ts';
import {
  type OriginAnswer,
  OriginClient,
  type OriginClientOptions,
  type OriginRequest,
} from '../web/origin-client.ts';
import { type Descriptor, INDEX_TYPE, MANIFEST_BYTES_MAX, MANIFEST_TYPE, sha256Of } from './oci-manifest.ts';
import { manifestNameOf, type OciReference } from './oci-reference.ts';
import { type Access, MEND_CREDENTIAL, RegistryAccess, type RegistryCredential } from './registry-access.ts';

/** A manifest as its registry gave it, and the digest of those bytes. */
export interface PulledManifest {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

type Asked = Omit<OriginRequest, 'authorization' | 'signal'>;

const ACCEPT = [
  MANIFEST_TYPE,
  INDEX_TYPE,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const ANSWER_BYTES_MAX = 65_536;

/**
 * One repository of a registry, as far as bundles need it. What is read is compared with its digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export class RegistryClient implements AsyncDisposable {
  readonly #reference: OciReference;
  readonly #client: OriginClient;
  readonly #access: RegistryAccess;

  constructor(
    reference: OciReference,
    credential: () => RegistryCredential,
    options: OriginClientOptions = {},
  ) {
    this.#reference = reference;
    this.#client = new OriginClient(reference.registry, options);
    this.#access = new RegistryAccess(this.#client, reference.repository, credential);
  }

  /** Digest of what the reference stands for, in one request; undefined where the registry does not tell. */
  async digest(signal: AbortSignal): Promise<string | undefined> {
    const url = this.#at(`manifests/${manifestNameOf(this.#reference)}`);
    const asked: Asked = { url, method: 'HEAD', headers: { accept: ACCEPT }, bytesMax: 0 };
    const answer = await this.#ask(asked, 'pull', signal);
    if (answer.status !== 200) throw this.#refused(answer.status, 'pull');
    return answer.header('docker-content-digest');
  }

  /** The manifest or index at a name: that of the reference, or a digest. @throws Failure `bundle_unavailable`. */
  async manifest(name: string, signal: AbortSignal): Promise<PulledManifest> {
    const url = this.#at(`manifests/${name}`);
    const asked: Asked = { url, headers: { accept: ACCEPT }, bytesMax: MANIFEST_BYTES_MAX };
    const answer = await this.#ask(asked, 'pull', signal);
    if (answer.status !== 200) throw this.#refused(answer.status, 'pull');
    const digest = sha256Of(answer.bytes);
    const told = name.startsWith('sha256:') ? name : answer.header('docker-content-digest');
    if (told?.startsWith('sha256:') && told !== digest) throw this.#notAsNamed('manifest');
    return { bytes: answer.bytes, digest };
  }

  /** A blob of at most `bytesMax` bytes. @throws Failure `bundle_unavailable`, for other bytes than its digest names too. */
  async blob({ digest, size }: Descriptor, bytesMax: number, signal: AbortSignal): Promise<Uint8Array> {
    if (size > bytesMax)
      throw unavailable(
        `The bundle has ${size} bytes; its source may have ${bytesMax}.`,
        'Make it smaller, or raise size_limit_bytes of its source.',
      );
    const answer = await this.#ask({ url: this.#at(`blobs/${digest}`), bytesMax: size }, 'pull', signal);
    if (answer.status !== 200) throw this.#refused(answer.status, 'pull');
    if (answer.bytes.length !== size || sha256Of(answer.bytes) !== digest) throw this.#notAsNamed('bundle');
    return answer.bytes;
  }

  /** Makes sure that the registry has a blob. */
  async pushBlob(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const digest = sha256Of(bytes);
    const there = await this.#ask(
      { url: this.#at(`blobs/${digest}`), method: 'HEAD', bytesMax: 0 },
      'pull,push',
      signal,
    );
    if (there.status === 200) return;
    const begun = await this.#ask(
      { url: this.#at('blobs/uploads/'), method: 'POST', bytesMax: ANSWER_BYTES_MAX, body: new Uint8Array() },
      'pull,push',
      signal,
    );
    if (begun.status !== 202) throw this.#refused(begun.status, 'pull,push');
    const url = URL.parse(begun.header('location') ?? '', begun.url.href);
    if (url === null)
      throw unavailable('The registry names no address to upload to.', 'Ask whoever runs the registry.');
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const put: Asked = { url, method: 'PUT', headers, body: bytes, bytesMax: ANSWER_BYTES_MAX };
    const ended = await this.#ask(put, 'pull,push', signal);
    if (ended.status !== 201) throw this.#refused(ended.status, 'pull,push');
  }

  /** Puts a manifest under a tag, and gives its digest. */
  async pushManifest(tag: string, bytes: Uint8Array, signal: AbortSignal): Promise<string> {
    const answer = await this.#ask(
      {
        url: this.#at(`manifests/${tag}`),
        method: 'PUT',
        headers: { 'content-type': MANIFEST_TYPE },
        body: bytes,
        bytesMax: ANSWER_BYTES_MAX,
      },
      'pull,push',
      signal,
    );
    if (answer.status !== 201) throw this.#refused(answer.status, 'pull,push');
    return sha256Of(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  #at(path: string): URL {
    return new URL(`/v2/${this.#reference.repository}/${path}`, this.#reference.registry);
  }

  /** Asks with what the registry wants to see; once more where it says so only now. */
  async #ask(asked: Asked, access: Access, signal: AbortSignal): Promise<OriginAnswer> {
    // An upload may go elsewhere, where the registry’s credentials are nobody’s business.
    const isOwn = asked.url.origin === this.#reference.registry.origin;
    const shown = async () => (isOwn ? await this.#access.authorization(access, signal) : undefined);
    const answer = await this.#client.ask({ ...asked, signal, authorization: await shown() });
    if (answer.status !== 401 || !isOwn || answer.url.origin !== asked.url.origin) return answer;
    if (!this.#access.learn(answer, access)) return answer;
    return await this.#client.ask({ ...asked, signal, authorization: await shown() });
  }

  #refused(status: number, access: Access) {
    const { registry, repository } = this.#reference;
    const what = `${registry.host}/${repository}`;
    if (status === 401 || status === 403)
      return unavailable(
        `${registry.host} refuses the credential for ${repository} (${status}).`,
        access === 'pull' ? MEND_CREDENTIAL : 'Log in with a credential that may push to the repository.',
      );
    if (status === 404)
      return unavailable(
        `There is no ${what} of that tag or digest (404).`,
        'Push it, or correct the reference.',
      );
    if (status === 429)
      return unavailable(
        `${registry.host} is asked too often (429).`,
        'Raise cadence_seconds of its sources.',
      );
    return unavailable(`${registry.host} answered ${status}.`, 'Ask whoever runs it; it is tried again.');
  }

  #notAsNamed(what: string) {
    return unavailable(
      `${this.#reference.registry.host} gave another ${what} than the digest names.`,
      'Do not trust this registry, or what stands between it and here, until that is explained.',
    );
  }
}
