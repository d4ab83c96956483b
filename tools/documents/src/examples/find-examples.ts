import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackedFiles } from '../tracked-files.js';
import { shellCommands } from './shell-commands.js';

/** A command that a file of this repository tells its reader to run. */
export interface Example {
  /** Path of the file, from the repository's root. */
  readonly file: string;
  /** As a shell takes it, without prompt and comments. */
  readonly command: string;
  /** What it is said to print; undefined where nothing is said. */
  readonly output: string | undefined;
  /** Named within a sentence, where its arguments may be left out. */
  readonly inSentence: boolean;
}

/** Also within a list, where it is indented. */
const FENCED = /^( *)```(\w*)\n([\s\S]*?)^\1```$\n?/gm;
const IN_SENTENCE = /`([^`]+)`/g;
const PROMPT = /^\$ /m;
const OURS = /^(?:\w+=\S* )*(?:npx )?(?:hybrid-sync|npm|docker) /;
/** Comments of compose files, images' files and the like, a command on lines of its own. */
const COMMENT = /^ *#( {2,}.*)$/gm;

/** Every example in the documents, and in the comments of what deploys the service. */
export function findExamples(repository: string): Example[] {
  return trackedFiles(repository, '*.md', 'docker-compose.yml', 'deploy')
    .filter((file) => file !== 'CHANGELOG.md')
    .flatMap((file) => {
      const text = readFileSync(join(repository, file), 'utf8');
      const examples = file.endsWith('.md') ? examplesOfDocument(text) : examplesOfComments(text);
      return examples.map((example) => ({ file, ...example }));
    });
}

/** Examples of a Markdown document: those in blocks, each with what it prints, then those within sentences. */
export function examplesOfDocument(text: string): Omit<Example, 'file'>[] {
  const blocks = [...text.matchAll(FENCED)].flatMap((block) => {
    const [whole, indent = '', language = '', indented = ''] = block;
    const content = outdented(indented, indent);
    if (PROMPT.test(content)) return session(content);
    if (language !== 'bash') return [];
    const commands = shellCommands(content);
    const behind = /^\n *```(?:json|text)\n([\s\S]*?)^ *```$/m.exec(text.slice(block.index + whole.length));
    return commands.map((command, at) => ({
      command,
      output:
        behind?.index === 0 && at === commands.length - 1 ? outdented(behind[1] ?? '', indent) : undefined,
      inSentence: false,
    }));
  });
  const sentences = [...text.replaceAll(FENCED, '').matchAll(IN_SENTENCE)]
    .map(([, code = '']) => code.replaceAll('\n', ' '))
    .filter((code) => OURS.test(`${code} `));
  return [...blocks, ...sentences.map((command) => ({ command, output: undefined, inSentence: true }))];
}

function outdented(text: string, indent: string): string {
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** Examples in the comments of a file whose comments begin with `#`. */
export function examplesOfComments(text: string): Omit<Example, 'file'>[] {
  const lines = [...text.matchAll(COMMENT)].map(([, line = '']) => line.trim());
  return shellCommands(lines.join('\n'))
    .filter((command) => OURS.test(command))
    .map((command) => ({ command, output: undefined, inSentence: false }));
}

/** What was typed behind a prompt, and what came of it. */
function session(content: string): Omit<Example, 'file'>[] {
  return content
    .split(/^\$ /m)
    .slice(1)
    .map((turn) => {
      const [command = '', ...output] = turn.split('\n');
      return { command, output: output.join('\n'), inSentence: false };
    });
}
