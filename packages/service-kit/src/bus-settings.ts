import Type, { type Static } from 'typebox';
import { ConfigError, secret } from './config.ts';
import type { Secret } from './secret.ts';

/** How a process reaches the bus and who it is there, as environment variables. Spread it into the settings of a service. */
export const busSettings = {
  NATS_URL: Type.String({ default: 'nats://127.0.0.1:4222', description: 'NATS servers, separated by commas' }),
  NATS_USER: Type.Optional(Type.String({ description: 'User on the bus; needs NATS_PASSWORD' })),
  NATS_PASSWORD: Type.Optional(secret({ description: 'Password of NATS_USER' })),
  NATS_NKEY_SEED: Type.Optional(secret({ description: 'Seed of the user nkey on the bus, instead of a password' })),
  NATS_CA: Type.Optional(
    Type.String({ description: 'PEM of the authority that signs the servers of the bus; makes TLS compulsory' }),
  ),
};
const schema = Type.Object(busSettings);
export type BusConfig = Readonly<Static<typeof schema>>;

export interface BusAccess {
  url: string;
  user?: string;
  pass?: Secret;
  nkeySeed?: Secret;
  tls?: { ca: string };
}

/** @throws ConfigError when the credentials do not go together */
export function busAccessOf(config: BusConfig): BusAccess {
  const { NATS_URL: url, NATS_USER: user, NATS_PASSWORD: pass, NATS_NKEY_SEED: nkeySeed, NATS_CA: ca } = config;
  if ((user === undefined) !== (pass === undefined)) {
    const variable = user === undefined ? 'NATS_USER' : 'NATS_PASSWORD';
    throw new ConfigError([{ variable, problem: 'is not set', expected: 'NATS_USER and NATS_PASSWORD, or neither' }]);
  }
  if (user !== undefined && nkeySeed !== undefined) {
    const expected = 'NATS_USER and NATS_PASSWORD, or NATS_NKEY_SEED';
    throw new ConfigError([{ variable: 'NATS_NKEY_SEED', problem: 'is set beside NATS_USER', expected }]);
  }
  return {
    url,
    ...(user === undefined || pass === undefined ? {} : { user, pass }),
    ...(nkeySeed === undefined ? {} : { nkeySeed }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}
