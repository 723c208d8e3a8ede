import { JsonLinesProcess } from '../json_lines_process.ts';
import type { Command, Message } from './driver/protocol.ts';

/** What hears of the measured stretches of a pass; the driver stands still while it is called. */
export interface StretchListener {
  begin(stretch: string): Promise<void>;
  pause(stretch: string): Promise<void>;
  resume(stretch: string): Promise<void>;
  end(message: Message & { event: 'end' }): Promise<void>;
}

/** Drives one contender for a whole sitting. */
export class DriverProcess implements AsyncDisposable {
  readonly #process: JsonLinesProcess<Command | 'go', Message>;

  constructor(node: string, folder: string, contender: string) {
    const script = 'tests/bench/speed/driver/main.ts';
    this.#process = new JsonLinesProcess(node, folder, script, contender);
  }

  /** Has a command carried out; throws when the driver ends before it is done. */
  async run(command: Command, listener: StretchListener | null = null): Promise<void> {
    await this.#process.say(command);
    for (;;) {
      const message = await this.#process.hear();
      if (message.event === 'done') return;
      if (message.event === 'end') await listener?.end(message);
      else await listener?.[message.event](message.stretch);
      await this.#process.say('go');
    }
  }

  async [Symbol.asyncDispose]() {
    await this.#process[Symbol.asyncDispose]();
  }
}
