import { holderKey, type Principal } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';

/** Tasks that are remembered, together and of one agent acting for one user. */
export const TASKS_MAX = 10_000;
export const TASKS_OF_ONE_MAX = 1_250;

/** A task of a server’s, and who alone may know of it. */
export interface HeldTask {
  readonly owner: string;
  readonly toolName: string;
  /** The questions that were handed on, by their keys, with the release that allowed each. */
  readonly asked: Map<string, string>;
}

interface Kept<Task> {
  readonly holder: string;
  readonly task: Task;
}

/**
 * Tasks by their keys. Beyond its share whoever makes more loses its own longest unused one, so that nobody’s many tasks put
 * another’s out of reach; when all places are taken, the longest unused one is forgotten, whoever has it.
 */
export class TaskShares<Task> {
  readonly #tasks: LRUCache<string, Kept<Task>>;
  /** The keys of the same tasks by who holds them, the longest unused first. */
  readonly #held = new Map<string, Set<string>>();

  constructor() {
    this.#tasks = new LRUCache({ max: TASKS_MAX, dispose: ({ holder }, key) => this.#letGo(holder, key) });
  }

  has(key: string): boolean {
    return this.#tasks.has(key);
  }

  /** A task, which is not thereby used. */
  peek(key: string): Task | undefined {
    return this.#tasks.peek(key)?.task;
  }

  get(key: string): Task | undefined {
    const kept = this.#tasks.get(key);
    if (kept === undefined) return undefined;
    this.#letGo(kept.holder, key);
    this.#hold(kept.holder, key);
    return kept.task;
  }

  /** Remembers a task that `has` none of the same key. */
  add(key: string, task: Task, principal: Principal): void {
    const holder = holderKey(principal);
    const held = this.#held.get(holder);
    if (held !== undefined && held.size >= TASKS_OF_ONE_MAX) {
      const [oldest] = held;
      if (oldest !== undefined) this.#tasks.delete(oldest);
    }
    this.#tasks.set(key, { holder, task });
    this.#hold(holder, key);
  }

  #hold(holder: string, key: string): void {
    const held = this.#held.get(holder) ?? new Set();
    this.#held.set(holder, held.add(key));
  }

  #letGo(holder: string, key: string): void {
    const held = this.#held.get(holder);
    held?.delete(key);
    if (held?.size === 0) this.#held.delete(holder);
  }
}
