/** Campaigns and opt-outs: why something is refused, and why a campaign paused itself (status 0). */
import { entry } from './entry.ts';

export const campaignErrors = {
  CAMPAIGN_NOT_FOUND: entry(
    404,
    'Campaign not found',
    'The requested campaign does not exist',
    'No campaign of this account has this id.',
    'Use the campaignId returned when it was made; GET /api/campaigns lists them.',
  ),
  CAMPAIGN_STATE: entry(
    409,
    'Not in this state',
    'The campaign cannot do that in its present state',
    'A draft can be filled and started, a running campaign paused, a paused one resumed, a finished one retried.',
    'Look at its `status`; the message says what it is.',
  ),
  CAMPAIGN_EMPTY: entry(
    409,
    'No recipients',
    'The campaign has nobody to send to',
    'It has no recipients yet, all of its rows were unusable, or none failed when failed ones were to be retried.',
    'Add recipients. `details.rows` names the first rows that cannot be used and why; the preview lists them all.',
  ),
  TOO_MANY_RECIPIENTS: entry(
    400,
    'Too many recipients',
    'One request takes at most 10,000 contacts',
    'The contacts array is too long, or the campaign would have more than 1,000,000 recipients.',
    'Upload contacts as a file, or split them over several campaigns.',
  ),
  PAUSED_ON_REQUEST: entry(
    0,
    'Paused on request',
    'Paused on request',
    'Somebody paused the campaign.',
    'Resume it when it may go on.',
    true,
  ),
  CAMPAIGN_FAILING: entry(
    0,
    'Too many failures',
    'Too many of the last messages failed',
    'More of the last 50 messages of the campaign failed than its `maxFailurePercent` allows.',
    'Look at its failed recipients, correct what is wrong, then resume it.',
    true,
  ),
  RECIPIENT_OPTED_OUT: entry(
    0,
    'Opted out',
    'The recipient does not want messages from this account',
    'The number is on the suppression list: it replied with a stop word, or was added.',
    'Respect it. GET /api/suppressions lists who opted out.',
  ),
  RECIPIENT_ERASED: entry(
    0,
    'Erased',
    'The number of this recipient was erased',
    'The operator erased this contact before its message was sent. Nobody knows the number any more.',
    'Nothing: the campaign goes on without it.',
  ),
  RECIPIENT_REPEATED: entry(
    0,
    'Twice in the list',
    'This recipient is in the list under its number as well',
    'The list has somebody by LID and by number. That the two are one contact became known after the list was taken up; nobody gets a campaign twice.',
    'Nothing: see the recipient with the number.',
  ),
} as const;
