import type { Env } from '@wam/service-kit';
import type { Command } from 'commander';

/** `wam listen` and `wam trigger`, which load their code when they run. */
export function addReceiverCommands(cli: Command, env: Env): void {
  const line = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`);
  const withAccess = (command: Command): Command =>
    command
      .option('--url <url>', 'the installation; WAM_URL, or http://127.0.0.1:3000')
      .option('--api-key <key>', 'API key or access token of the account; better in WAM_API_KEY');
  withAccess(cli.command('listen'))
    .description("print the account's events as they happen, and forward them to a receiver on this machine")
    .option('--forward-to <url>', 'post each event there, signed as a webhook delivery')
    .option('--events <types>', 'only these, separated by commas; message.* for all of a kind')
    .option('--session <id>', 'only those of this session')
    .option('--after <cursor>', 'begin with what came after it, instead of now')
    .option('--json', 'events as JSON, one per line')
    .action(async (options) => {
      const { listen } = await import('./listen.ts');
      const ended = new AbortController();
      process.once('SIGINT', () => ended.abort()).once('SIGTERM', () => ended.abort());
      await listen(options, env, { print: line(process.stdout), note: line(process.stderr), signal: ended.signal });
    });
  withAccess(cli.command('trigger <event>'))
    .description('send a sample of an event to the webhooks of the account that are told of it')
    .option('--webhook <id>', 'to this one alone, whatever it is told of')
    .option('--forward-to <url>', 'to this receiver instead, signed as by wam listen')
    .action(async (event, options) => {
      const { trigger } = await import('./trigger.ts');
      for (const text of await trigger(event, options, env)) line(process.stdout)(text);
    });
}
