/** Runs from the start; stands while it is paused. */
export class Stopwatch {
  #passedMs = 0;
  #since: number | null = performance.now();

  pause() {
    if (this.#since !== null) this.#passedMs += performance.now() - this.#since;
    this.#since = null;
  }

  resume() {
    this.#since ??= performance.now();
  }

  seconds(): number {
    this.pause();
    return this.#passedMs / 1000;
  }
}
