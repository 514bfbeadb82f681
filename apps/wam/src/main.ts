#!/usr/bin/env node
import { ConfigError } from '@wam/service-kit';
import { createCli } from './cli.ts';
import { UserError } from './user-error.ts';

try {
  await createCli(process.env).parseAsync();
  // Nothing may keep a stopped process alive, such as an idle connection of a library.
  process.exit();
} catch (error) {
  const forUsers = error instanceof UserError || error instanceof ConfigError;
  process.stderr.write(`wam: ${forUsers ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
