/** Takes time and this process's CPU from the start; stands while it is paused. */
export class Stopwatch {
  #passedMs = 0;
  #cpuMs = 0;
  #since: { ms: number; cpu: NodeJS.CpuUsage } | null = now();

  pause() {
    if (!this.#since) return;
    const { user, system } = process.cpuUsage(this.#since.cpu);
    this.#passedMs += performance.now() - this.#since.ms;
    this.#cpuMs += (user + system) / 1000;
    this.#since = null;
  }

  resume() {
    this.#since ??= now();
  }

  /** Ends it. */
  read(): { seconds: number; clientCpuMs: number } {
    this.pause();
    return { seconds: this.#passedMs / 1000, clientCpuMs: this.#cpuMs };
  }
}

function now() {
  return { ms: performance.now(), cpu: process.cpuUsage() };
}
