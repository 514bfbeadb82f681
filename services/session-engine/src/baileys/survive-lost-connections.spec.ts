import { Boom } from '@hapi/boom';
import { expect, it } from 'vitest';
import { isOfOneConnection } from './survive-lost-connections.ts';

const thrownAt = (file: string, error: Error): Error => {
  error.stack = `Error: Connection Closed\n    at sendRawMessage (file://${file}:60:19)`;
  return error;
};
const inBaileys = '/app/node_modules/@whiskeysockets/baileys/lib/Socket/socket.js';

it('What Baileys could not write because its connection ended concerns that connection only', () => {
  expect(isOfOneConnection(thrownAt(inBaileys, new Boom('Connection Closed', { statusCode: 428 })))).toBe(true);
  expect(isOfOneConnection(1_006)).toBe(true);
});

it.each([
  ['a fault of ours', thrownAt('/app/services/x.ts', new Boom('no'))],
  ['a fault in the code of Baileys', thrownAt(inBaileys, new TypeError('undefined is not a function'))],
  ['a number that is no close code', 7],
  ['nothing', undefined],
])('Still ends the process: %s', (_, reason) => expect(isOfOneConnection(reason)).toBe(false));
