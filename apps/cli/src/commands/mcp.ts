import { Command } from 'commander';
import type { CommandContext } from './command-context.js';

/** `mcp`: the api's tools for an MCP client that speaks over standard input and output. */
export function mcpCommand(context: CommandContext): Command {
  return new Command('mcp')
    .summary('Serve MCP over standard input and output')
    .description(
      "Serves the api's tools and resources to an MCP client that starts this command and speaks to it over standard " +
        'input and output. Messages for people go to standard error.',
    )
    .action(async () => {
      const { url, token } = context.connection();
      const { stdin, stdout, stderr } = context.surroundings;
      // The SDK takes longer to load than all the rest, and no other command needs it.
      const { bridgeMcp } = await import('../mcp-bridge.js');
      await bridgeMcp({
        apiUrl: url,
        token,
        input: stdin,
        output: stdout,
        log: (line) => stderr.write(`${line}\n`),
      });
    });
}
