import type { Env } from '@wam/service-kit';
import type { Command } from 'commander';

/** The commands of `wam database`, which load their code when they run. */
export function addDatabaseCommands(cli: Command, env: Env): void {
  const database = cli.command('database').description('roles in Postgres: one per service, for its own schema only');
  database
    .command('roles [database]')
    .description('print the statements that make them, for psql; passwords are its variables')
    .option('--prefix <name>', 'of their names', 'wam')
    .action(async (name = 'wam', { prefix }: { prefix: string }) => {
      const { roleOf, rolesSql } = await import('./database-roles.ts');
      const passwordOf = (user: Parameters<typeof roleOf>[0]) => `:'${roleOf(user, prefix)}_password'`;
      process.stdout.write(rolesSql({ database: name, prefix, passwordOf }));
    });
  database
    .command('credentials <folder>')
    .description('make them on DATABASE_URL, with new passwords: the address of each in <user>.url')
    .option('--prefix <name>', 'of their names', 'wam')
    .option('--later', 'only write the files; `wam prepare` makes the roles', false)
    .action(async (folder: string, options: { prefix: string; later: boolean }) => {
      const { writeDatabaseCredentials } = await import('./database-credentials.ts');
      process.stdout.write(`${await writeDatabaseCredentials(folder, options, env)}\n`);
    });
}
