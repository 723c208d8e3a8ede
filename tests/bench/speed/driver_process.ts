import { TextLineStream } from '../../../supabase/local/text_lines.ts';
import type { Command, Message } from './driver/protocol.ts';

/** What hears of the measured stretches of a pass; the driver stands still while it is called. */
export interface StretchListener {
  begin(stretch: string): Promise<void>;
  end(message: Message & { event: 'end' }): Promise<void>;
}

/** A Node process that drives one contender; it lives for a whole sitting, so that its code is warm. */
export class DriverProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor(node: string, folder: string, contender: string) {
    this.#process = new Deno.Command(node, {
      args: [
        '--disable-warning=ExperimentalWarning',
        'tests/bench/speed/driver/main.ts',
        contender,
      ],
      cwd: folder,
      stdin: 'piped',
      stdout: 'piped',
      stderr: 'inherit',
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  }

  /** Has a command carried out; throws when the driver ends before it is done. */
  async run(command: Command, listener: StretchListener | null = null): Promise<void> {
    await this.#say(JSON.stringify(command));
    for (;;) {
      const message = await this.#hear();
      if (message.event === 'done') return;
      if (message.event === 'begin') await listener?.begin(message.stretch);
      else await listener?.end(message);
      await this.#say('go');
    }
  }

  async #say(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async #hear(): Promise<Message> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The driver of a contender ended before its work was done');
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose]() {
    await this.#input.close().catch(() => {});
    await this.#process.status;
  }
}
