/** The sealer of a service from its settings; the same in all of them. */
import Type from 'typebox';
import { ConfigError, type ConfigFault, secret } from './config.ts';
import { createSealer, type Sealer, type SealerOptions } from './sealing.ts';
import type { Secret } from './secret.ts';

export const otherKeksSetting = Type.Optional(
  secret({
    description:
      'Further keys, separated by commas, that are opened and never used to seal: while WAM_KEK is replaced, the next one, then the former one. They may stand behind WAM_KEK as well',
  }),
);
export interface KekSettings {
  WAM_KEK: Secret;
  WAM_OTHER_KEKS?: Secret;
}

const kekBytes = 32;
const expected = 'the base64 of 32 bytes, as `openssl rand -base64 32` prints them';

const keysIn = (text: string): string[] => text.split(',').filter((key) => key.trim() !== '');

/** The first key of WAM_KEK seals; others after commas open, as those of WAM_OTHER_KEKS do. @throws ConfigError when a key has another length */
export function configuredSealer(
  { WAM_KEK, WAM_OTHER_KEKS }: KekSettings,
  options: Pick<SealerOptions, 'purposesWithOwnKey'> = {},
): Sealer {
  const faults: ConfigFault[] = [];
  const read = (variable: string, text: string): Buffer => {
    const kek = Buffer.from(text.trim(), 'base64');
    if (kek.length !== kekBytes) faults.push({ variable, problem: 'has an unusable value', expected });
    return kek;
  };
  const [first = '', ...more] = keysIn(WAM_KEK.reveal());
  const kek = read('WAM_KEK', first);
  const retiredKeks = [
    ...more.map((text) => read('WAM_KEK', text)),
    ...keysIn(WAM_OTHER_KEKS?.reveal() ?? '').map((text) => read('WAM_OTHER_KEKS', text)),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  return createSealer({ kek, retiredKeks, ...options });
}
