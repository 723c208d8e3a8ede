/** Spoils calls on purpose: those of the pg_net double, or those to a gateway by `faultyGateway`. */
export interface NetworkFaults {
  /** The next `count` calls vanish: not sent, no response row. */
  lose(count: number): void;
  /** The next `count` calls are sent, and their answers vanish. */
  loseReplies(count: number): void;
  /** The next `count` calls are sent twice. */
  repeat(count: number): void;
  /** The next `count` calls are sent `ms` milliseconds late. */
  delay(ms: number, count: number): void;
  /** Forgets the faults that no call has met yet. */
  clear(): void;
}

/** What is to happen to one call. */
export interface CallFault {
  lost: boolean;
  replyLost: boolean;
  copies: number;
  delayMs: number;
}

/** The faults that are still to be dealt out. */
export class PendingFaults implements NetworkFaults {
  #losses = 0;
  #lostReplies = 0;
  #repeats = 0;
  #delays: number[] = [];

  lose(count: number): void {
    this.#losses += count;
  }

  loseReplies(count: number): void {
    this.#lostReplies += count;
  }

  repeat(count: number): void {
    this.#repeats += count;
  }

  delay(ms: number, count: number): void {
    for (let call = 0; call < count; call++) this.#delays.push(ms);
  }

  clear(): void {
    this.#losses = this.#lostReplies = this.#repeats = 0;
    this.#delays = [];
  }

  /** Takes what the next call suffers. */
  next(): CallFault {
    if (this.#losses > 0) {
      this.#losses -= 1;
      return { lost: true, replyLost: true, copies: 0, delayMs: 0 };
    }
    const replyLost = this.#lostReplies > 0;
    if (replyLost) this.#lostReplies -= 1;
    const copies = this.#repeats > 0 ? 2 : 1;
    if (copies === 2) this.#repeats -= 1;
    return { lost: false, replyLost, copies, delayMs: this.#delays.shift() ?? 0 };
  }
}
