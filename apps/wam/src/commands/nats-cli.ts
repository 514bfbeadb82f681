import type { Command } from 'commander';

/** The commands of `wam nats`, which load their code when they run. */
export function addNatsCommands(cli: Command): void {
  const nats = cli.command('nats').description('users of the bus, each with the rights it needs and no others');
  nats
    .command('permissions')
    .description('print the users for the configuration of nats-server; passwords come from its environment')
    .action(async () => {
      const { authorizationFile, passwordVariableOf } = await import('@wam/service-kit/nats');
      process.stdout.write(authorizationFile((user) => ({ password: passwordVariableOf(user) })));
    });
  nats
    .command('credentials <folder>')
    .description(
      'make an nkey for each user: its seed in <user>.seed, and authorization.conf for nats-server; where that is there, add the rights that this release needs',
    )
    .option('--exact', 'of an authorization.conf that is there: also take away what this release does not need')
    .action(async (folder: string, options: { exact?: true }) => {
      const { writeNatsCredentials } = await import('./nats-credentials.ts');
      process.stdout.write(`${writeNatsCredentials(folder, options)}\n`);
    });
}
