/** Spoils calls of the pg_net double on purpose. */
export interface NetworkFaults {
  /** The next `count` calls vanish: not sent, no response row. */
  lose(count: number): void;
  /** The next `count` calls are sent twice. */
  repeat(count: number): void;
  /** The next `count` calls are sent `ms` milliseconds late. */
  delay(ms: number, count: number): void;
}

/** What is to happen to one call. */
export interface CallFault {
  lost: boolean;
  copies: number;
  delayMs: number;
}

/** The faults that are still to be dealt out. */
export class PendingFaults implements NetworkFaults {
  #losses = 0;
  #repeats = 0;
  #delays: number[] = [];

  lose(count: number): void {
    this.#losses += count;
  }

  repeat(count: number): void {
    this.#repeats += count;
  }

  delay(ms: number, count: number): void {
    for (let call = 0; call < count; call++) this.#delays.push(ms);
  }

  /** Takes what the next call suffers. */
  next(): CallFault {
    if (this.#losses > 0) {
      this.#losses -= 1;
      return { lost: true, copies: 0, delayMs: 0 };
    }
    const copies = this.#repeats > 0 ? 2 : 1;
    if (copies === 2) this.#repeats -= 1;
    return { lost: false, copies, delayMs: this.#delays.shift() ?? 0 };
  }
}
