import { TextLineStream } from '../../supabase/local/text_lines.ts';

/** A Node process that hears and says JSON, a value a line; it lives on, so that its code is warm. */
export class JsonLinesProcess<Said, Heard> implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor(node: string, folder: string, script: string, argument: string) {
    this.#process = new Deno.Command(node, {
      args: ['--disable-warning=ExperimentalWarning', script, argument],
      cwd: folder,
      stdin: 'piped',
      stdout: 'piped',
      stderr: 'inherit',
      // graphile-worker would format a line for each job that nobody hears.
      env: { NO_LOG_SUCCESS: '1' },
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  }

  async say(value: Said): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
  }

  /** The next line; throws when the process has ended. */
  async hear(): Promise<Heard> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The driver of a contender ended before its work was done');
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose]() {
    await this.#input.close().catch(() => {});
    await this.#process.status;
  }
}
