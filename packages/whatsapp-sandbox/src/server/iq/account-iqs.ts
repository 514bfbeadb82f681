import type { Node } from '../../protocol/index.ts';
import { restrictedUntil, restrictionBody } from '../restriction.ts';
import { empty, type IqTable, itemNotFound, type SessionIqRequest } from './iq-handler.ts';

const PRIVACY_CATEGORIES = [
  'readreceipts',
  'profile',
  'status',
  'online',
  'last',
  'groupadd',
  'calladd',
  'messages',
] as const;

const prop = (code: string, value: string): Node => ({
  tag: 'prop',
  attrs: { config_code: code, config_value: value },
});

/** Settings and profile of the account, all at their defaults; media hosts; an account without groups. */
export const accountIqs: IqTable<SessionIqRequest> = {
  'abt get props': () => ({
    result: [
      {
        tag: 'props',
        attrs: { protocol: '1', ab_key: 'sandbox', hash: 'sandbox', refresh: '86400', refresh_id: '1' },
        content: [prop('10518', '1'), prop('14303', '0')],
      },
    ],
  }),
  'blocklist get ': () => ({ result: [{ tag: 'list', attrs: { dhash: 'sandbox' }, content: [] }] }),
  'blocklist set item': () => empty,
  'privacy get privacy': () => ({
    result: [
      {
        tag: 'privacy',
        attrs: {},
        content: PRIVACY_CATEGORIES.map((name) => ({ tag: 'category', attrs: { name, value: 'all' } })),
      },
    ],
  }),
  'privacy set privacy': ({ payload }) => ({ result: [payload] }),
  // Issuing a trusted-contact token: no token comes back.
  'privacy set tokens': () => ({ result: [{ tag: 'tokens', attrs: {}, content: [] }] }),
  'w:m set media_conn': ({ network }) => ({
    result: [
      {
        tag: 'media_conn',
        attrs: { auth: 'sandbox', ttl: '3600', auth_ttl: '21600', max_buckets: '12' },
        content: network.behaviour.mediaHosts.map((hostname) => ({
          tag: 'host',
          attrs: { hostname, maxContentLengthBytes: '104857600' },
        })),
      },
    ],
  }),
  'w:stats set add': () => empty,
  'urn:xmpp:whatsapp:account get accept': () => empty,
  'tos get request': () => empty,
  'tos set notice': () => empty,
  'w:profile:picture get picture': () => itemNotFound,
  'w:mex get query': ({ network, device }) => ({
    result: [
      {
        tag: 'result',
        attrs: {},
        content: restrictionBody('xwa2_fetch_account_reachout_timelock', restrictedUntil(network, device)),
      },
    ],
  }),
  'w:biz get business_profile': () => ({ result: [{ tag: 'business_profile', attrs: { v: '244' }, content: [] }] }),
  'status set status': () => empty,
  'w:g2 get participating': () => ({ result: [{ tag: 'groups', attrs: {}, content: [] }] }),
};
