/** A fenced block of the README. */
export interface CodeBlock {
  language: string;
  code: string;
  /** Line of its first line of code. */
  line: number;
}

/** The code blocks of a Markdown text, in order; indented fences are no concern of ours. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const fences = markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm);
  return [...fences].map(({ 1: language = '', 2: code = '', index }) => ({
    language,
    code,
    line: markdown.slice(0, index).split('\n').length + 1,
  }));
}

/** The code with its imports of shared/ made to find it from anywhere; nothing else is changed. */
export function withImportsFrom(code: string, sharedUrl: string): string {
  return code.replaceAll(/(from ')(?:\.{1,2}\/)+shared\//g, `$1${sharedUrl}`);
}
