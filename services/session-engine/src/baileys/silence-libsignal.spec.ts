import { describe, expect, it } from 'vitest';
import { silenceLibsignal } from './silence-libsignal.ts';

describe('The console', () => {
  it('loses what libsignal prints, private keys among it, and nothing else', () => {
    const lines: unknown[][] = [];
    const print = (...args: unknown[]) => lines.push(args);
    const target = { log: print, info: print, warn: print, error: print };
    silenceLibsignal(target);
    silenceLibsignal(target);
    target.info('Closing session:', { privKey: 'secret' });
    target.error('Session error:Error: Bad MAC', 'stack');
    target.warn('Session already closed', {});
    target.info('Closing the shop');
    target.error(new Error('ours'));
    expect(lines).toEqual([['Closing the shop'], [new Error('ours')]]);
  });
});
