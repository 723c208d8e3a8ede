import { JsonLinesProcess } from '../json_lines_process.ts';
import type { Answer, Command } from './driver/protocol.ts';

/** Claims from one contender. */
export class ClaimDriver implements AsyncDisposable {
  readonly #process: JsonLinesProcess<Command, Answer>;

  constructor(node: string, folder: string, contender: string) {
    const script = 'tests/bench/claims/driver/main.ts';
    this.#process = new JsonLinesProcess(node, folder, script, contender);
  }

  /** Has a command carried out; throws when the driver ends before. */
  async run(command: Command): Promise<Answer> {
    await this.#process.say(command);
    return await this.#process.hear();
  }

  async [Symbol.asyncDispose]() {
    await this.#process[Symbol.asyncDispose]();
  }
}
