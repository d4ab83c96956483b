import { createToken, parseExpiry, ROLES, type Role, TokenEntryError } from '@hybrid-sync/access-tokens';
import { Command, Option } from 'commander';
import { ArgumentError } from '../errors.js';
import { printableJson } from '../output/printable.js';
import type { CommandContext } from './command-context.js';

const EXPLANATION = `
Roles, each of which includes the ones before it:
  read   look at keys, values and statistics
  write  also set, delete and sync keys
  admin  also what concerns all data: dead letters, settings

The token is shown this once and kept nowhere. Its line holds no secret: put it into the
file of API_TOKENS_FILE, which a running api follows, or into the api's API_TOKENS, which
it reads when it starts.`;

/** What `token create` is given. */
interface CreateOptions {
  readonly name: string;
  readonly role: Role;
  readonly expires?: string;
}

/** `token create`: makes a bearer token. It needs no api. */
export function tokenCommand(context: CommandContext): Command {
  const create = new Command('create')
    .summary('Make a token, and its line for API_TOKENS')
    .description('Makes a bearer token and the line by which an api knows it.')
    .requiredOption('--name <name>', 'who will hold it, for logs: letters, digits, ".", "_" and "-"')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--expires <day>', 'from when on it is refused: 2027-01-31, or 2027-01-31T18:00:00Z')
    .addHelpText('after', EXPLANATION)
    .action((options: CreateOptions) => {
      const { token, entry } = created(options);
      if (context.json) context.print(printableJson({ token, entry }));
      else context.print(`Token, shown only now:\n  ${token}\nIts line for API_TOKENS:\n  ${entry}`);
    });
  return new Command('token')
    .summary('Make tokens')
    .description('Makes bearer tokens.')
    .helpCommand(false)
    .addCommand(create);
}

function created({ name, role, expires }: CreateOptions) {
  try {
    const expiresAt = expires === undefined ? undefined : parseExpiry(expires);
    if (expiresAt !== undefined && expiresAt <= Date.now()) {
      throw new ArgumentError('--expires', 'has passed already');
    }
    return createToken({ name, role, expiresAt });
  } catch (error) {
    if (!(error instanceof TokenEntryError)) throw error;
    throw new ArgumentError('token', error.message, 'see hybrid-sync token create --help');
  }
}
