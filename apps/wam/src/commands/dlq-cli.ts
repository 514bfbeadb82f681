import type { Env } from '@wam/service-kit';
import type { Command } from 'commander';
import { printReport, type ReportOptions } from './print-report.ts';

/** The commands of `wam dlq`, which load their code when they run. */
export function addDeadLetterCommands(cli: Command, env: Env): void {
  const dlq = cli.command('dlq').description('dead letters: commands that could not be carried out');
  dlq
    .command('list')
    .description('what lies there and why')
    .option('--limit <count>', 'the newest so many', '50')
    .option('--json', 'as JSON')
    .action(async ({ limit, ...options }: ReportOptions & { limit: string }) => {
      const { letterNumber, listDeadLetters, listText } = await import('./dead-letters.ts');
      printReport(await listDeadLetters(env, letterNumber(limit)), options, listText);
    });
  dlq
    .command('show <number>')
    .description('one letter with headers and command, texts and numbers included')
    .option('--json', 'on one line')
    .action(async (number: string, options: ReportOptions) => {
      const { letterNumber, showDeadLetter } = await import('./dead-letters.ts');
      printReport(await showDeadLetter(env, letterNumber(number)), options, (letter) =>
        JSON.stringify(letter, null, 2),
      );
    });
  for (const [name, description, done] of [
    ['replay', 'carry letters out after all; a deadline that has passed is renewed', 'replayed'],
    ['drop', 'forget letters; a message that one was about ends as failed (MESSAGE_DROPPED)', 'dropped'],
  ] as const) {
    dlq
      .command(`${name} [numbers...]`)
      .description(description)
      .option('--all', 'every letter')
      .option('--json', 'the numbers as JSON')
      .action(async (numbers: string[], { all, ...options }: ReportOptions & { all?: boolean }) => {
        const { chosenLetters, dropDeadLetters, replayDeadLetters } = await import('./dead-letters.ts');
        const run = name === 'replay' ? replayDeadLetters : dropDeadLetters;
        const touched = await run(env, chosenLetters(numbers, all));
        printReport(touched, options, () => `${done}: ${touched.join(', ') || 'none'}`);
      });
  }
}
