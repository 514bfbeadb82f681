export { type AuthConfig, authSettings, loadAuthConfig } from './config.ts';
export { type AuthDeps, createAuth } from './create-auth.ts';
export { migrations as authMigrations } from './storage/migrations.ts';
export { authSealed } from './storage/sealed-columns.ts';
