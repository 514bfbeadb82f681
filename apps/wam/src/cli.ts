import { readFileSync } from 'node:fs';
import { ConfigError, type Env } from '@wam/service-kit';
import { Command, Option } from 'commander';
import { addBackupCommands } from './commands/backup-cli.ts';
import { addDatabaseCommands } from './commands/database-cli.ts';
import { addDeadLetterCommands } from './commands/dlq-cli.ts';
import { addNatsCommands } from './commands/nats-cli.ts';
import { printReport, type ReportOptions } from './commands/print-report.ts';
import { addReceiverCommands } from './commands/receiver-cli.ts';
import { UserError } from './user-error.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const targets = ['all', 'gateway', 'auth', 'session-engine', 'dispatcher', 'analytics', 'webhooks', 'sandbox'];

/** Runs the command line and ends the process: with 1 and one message when the command fails. */
export async function runCli(env: Env): Promise<never> {
  try {
    await createCli(env).parseAsync();
    // Nothing may keep a stopped process alive, such as an idle connection of a library.
    process.exit();
  } catch (error) {
    const forUsers = error instanceof UserError || error instanceof ConfigError;
    process.stderr.write(`wam: ${forUsers ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }
}

/** Commands are loaded when they run: `--version` needs none of them. */
export function createCli(env: Env): Command {
  const cli = new Command('wam').description('Self-hosted WhatsApp messaging platform').version(version);
  cli.showHelpAfterError('wam --help lists the commands, wam <command> --help what each takes');
  cli
    .command('start')
    .description('run the platform, or one service of it, until SIGTERM or Ctrl-C')
    .addOption(new Option('--target <target>', 'what to run').choices(targets).default('all'))
    .option('--json-ready <path>', 'write URL, account and session to this file when everything runs')
    .action(async (options: { target: string; jsonReady?: string }) => {
      const { start } = await import('./commands/start.ts');
      await start(options, env);
    });
  cli
    .command('demo')
    .description('tell the whole story in this terminal, on a platform of its own or on the one WAM_URL names')
    .action(async () => {
      const { demo } = await import('./commands/demo.ts');
      await demo(env);
    });
  cli
    .command('prepare')
    .description('create the streams; once, before services are started one by one')
    .action(async () => {
      const { prepare } = await import('./commands/prepare.ts');
      await prepare(env);
    });
  const account = cli.command('account').description('accounts, on behalf of the operator');
  account
    .command('set-plan <email> <plan>')
    .description('move an account to another plan: trial, starter, growth, business, enterprise, or those of PLANS')
    .action(async (email: string, plan: string) => {
      const { setPlan } = await import('./commands/set-plan.ts');
      process.stdout.write(`${await setPlan(email, plan, env)}\n`);
    });
  account
    .command('set-pool <account> <pool>')
    .description(
      'give an account, by e-mail or id, engines of its own, or `shared` ones; moves its sessions one by one',
    )
    .option('--json', 'as JSON')
    .action(async (who: string, pool: string, options: ReportOptions) => {
      const { setPool, setPoolText } = await import('./commands/set-pool.ts');
      printReport(await setPool(who, pool, env), options, setPoolText);
    });
  account
    .command('reset-password <email>')
    .description('a new password for an account, printed once; ends its logins and access tokens, its API keys go on')
    .option('--json', 'as JSON')
    .action(async (email: string, options: ReportOptions) => {
      const { resetPassword, resetPasswordText } = await import('./commands/reset-password.ts');
      printReport(await resetPassword(email, env), options, resetPasswordText);
    });
  addBackupCommands(cli, env);
  addDeadLetterCommands(cli, env);
  addNatsCommands(cli);
  addReceiverCommands(cli, env);
  addDatabaseCommands(cli, env);
  const keys = cli.command('keys').description('keys of the installation');
  keys
    .command('rotate-kek')
    .description('seal everything in the database anew under WAM_KEK, while services run; WAM_OTHER_KEKS opens it')
    .option('--json', 'print the counts as JSON')
    .action(async (options: ReportOptions) => {
      const { reseal, resealText } = await import('./commands/reseal.ts');
      printReport(await reseal(env), options, resealText);
    });
  keys
    .command('rotate-signing')
    .description('sign access tokens with a new key; nobody is logged out')
    .action(async () => {
      const { rotateSigningKey } = await import('./commands/rotate-signing-key.ts');
      process.stdout.write(`${await rotateSigningKey(env)}\n`);
    });
  keys
    .command('message')
    .description('print WAM_MESSAGE_KEY, which the gateway opens messages with, as it follows from WAM_KEK')
    .action(async () => {
      const { messageKeyOf } = await import('./message-key.ts');
      const key = messageKeyOf(env);
      if (key === undefined) throw new UserError('WAM_KEK is not set');
      process.stdout.write(`${key}\n`);
    });
  cli
    .command('rebuild <projection>')
    .description(
      'build a read model again from the event archive, beside the live one: messages, sessions or campaigns',
    )
    .option('--check', 'only count how the live one differs; change nothing')
    .action(async (projection: string, options: { check?: boolean }) => {
      const { rebuild } = await import('./commands/rebuild.ts');
      process.stdout.write(`${await rebuild(projection, options, env)}\n`);
    });
  cli
    .command('erase <email> <contact>')
    .description('erase number and texts of one contact of an account; its number with country code, or <lid>@lid')
    .action(async (email: string, contact: string) => {
      const { erase } = await import('./commands/erase.ts');
      process.stdout.write(`${await erase(email, contact, env)}\n`);
    });
  cli
    .command('engine')
    .description('the session engines')
    .command('partitions')
    .description('which engine owns what: members of each pool, partitions with owner, epoch and sessions')
    .option('--json', 'as JSON')
    .action(async (options: ReportOptions) => {
      const { enginePartitions, partitionsText } = await import('./commands/engine-partitions.ts');
      printReport(await enginePartitions(env), options, partitionsText);
    });
  cli
    .command('doctor')
    .description('what is wrong with this installation, and what to do about it; ends with 1 when something is')
    .option('--json', 'as JSON')
    .action(async (options: ReportOptions) => {
      const { examine } = await import('./commands/doctor/doctor.ts');
      const { findingsText, hasFaults } = await import('./commands/doctor/finding.ts');
      const findings = await examine(env);
      printReport(findings, options, findingsText);
      if (hasFaults(findings)) process.exitCode = 1;
    });
  cli
    .command('settings')
    .description('print every environment variable that a target reads')
    .action(async () => {
      const { settingsTable } = await import('./commands/settings.ts');
      process.stdout.write(`${settingsTable()}\n`);
    });
  return cli;
}
