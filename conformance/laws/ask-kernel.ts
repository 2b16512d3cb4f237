import { fileURLToPath } from 'node:url';
import { type KernelAnswer, KernelAnswer as KernelAnswerSchema, VisibleAnswer } from '@bailiff/contract';
import { kernelFiles } from '../kernel-files.ts';
import { OpaServer } from '../opa-server.ts';
import type { World } from './worlds.ts';

const HARNESS = fileURLToPath(new URL('harness.rego', import.meta.url));

/** The kernel in a real OPA, asked about worlds. */
export class AskedKernel implements AsyncDisposable {
  readonly #server: OpaServer;

  private constructor(server: OpaServer) {
    this.#server = server;
  }

  static async start(): Promise<AskedKernel> {
    return new AskedKernel(await OpaServer.start([...kernelFiles(), HARNESS]));
  }

  /**
   * One answer a world, in order.
   * @throws Error when an answer is not exactly what the contract says, or there is none.
   */
  async decide<const Worlds extends readonly World[]>(
    ...worlds: Worlds
  ): Promise<{ readonly [Position in keyof Worlds]: KernelAnswer }> {
    const answers = await this.#ask('decisions', worlds);
    return answers.map((answer) => KernelAnswerSchema.parse(answer)) as never;
  }

  /** Positions of the shown candidates of a world’s input. */
  async list(world: World): Promise<readonly number[]> {
    return VisibleAnswer.parse((await this.#ask('lists', [world]))[0]).visible;
  }

  /** A document of the kernel, as `bailiff/sections`. */
  document(path: string): Promise<unknown> {
    return this.#server.document(path, null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #ask(question: string, worlds: readonly World[]): Promise<unknown[]> {
    const answers = (await this.#server.document(`conformance/laws/${question}`, { worlds })) as unknown[];
    if (answers.length !== worlds.length) throw new Error('A world has no answer.');
    return answers;
  }
}
