import type { Env } from '@wam/service-kit';
import type { Command } from 'commander';

/** `wam backup` and `wam restore`, which load their code when they run. */
export function addBackupCommands(cli: Command, env: Env): void {
  cli
    .command('backup <folder>')
    .description('everything the platform keeps, as of one moment, while it runs; the key WAM_KEK is not in it')
    .action(async (folder: string) => {
      const { backUp } = await import('../backup/back-up.ts');
      process.stdout.write(`${await backUp(folder, env)}\n`);
    });
  cli
    .command('restore <folder>')
    .description('a backup into an empty installation, before anything starts on it')
    .action(async (folder: string) => {
      const { restore } = await import('../backup/restore.ts');
      process.stdout.write(`${await restore(folder, env)}\n`);
    });
}
