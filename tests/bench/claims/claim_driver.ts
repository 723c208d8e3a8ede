import { TextLineStream } from '../../../supabase/local/text_lines.ts';
import type { Answer, Command } from './driver/protocol.ts';

/** A Node process that claims from one contender. */
export class ClaimDriver implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor(node: string, folder: string, contender: string) {
    this.#process = new Deno.Command(node, {
      args: [
        '--disable-warning=ExperimentalWarning',
        'tests/bench/claims/driver/main.ts',
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

  /** Has a command carried out; throws when the driver ends before. */
  async run(command: Command): Promise<Answer> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The driver of a contender ended before it did: ${command.do}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose]() {
    await this.#input.close().catch(() => {});
    await this.#process.status;
  }
}
