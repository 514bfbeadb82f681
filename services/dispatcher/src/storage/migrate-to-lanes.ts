/** From one session and a fixed delay per campaign to many sessions, a life of its own, and lists of a million recipients. */
import type { Migration } from '@wam/service-kit/postgres';
import { sql } from 'kysely';

export const migrateToLanes: Migration = {
  async up(db) {
    await sql`
      create table session_lane (
        session_id uuid primary key,
        tenant uuid not null,
        network text not null,
        pool text not null,
        status text not null,
        connected_since timestamptz,
        restricted boolean not null default false,
        weight smallint not null default 1,
        outstanding integer not null default 0,
        full_at timestamptz not null default '-infinity',
        warm_day integer not null default 0,
        warm_count integer not null default 0,
        credit integer not null default 0,
        credit_day text,
        credit_until timestamptz,
        next_at timestamptz
      )`.execute(db);
    // The dispatcher asks for what is due many times a second; the answer is in the index.
    await sql`create index session_lane_due on session_lane (next_at) include (tenant, session_id, weight)
      where next_at is not null`.execute(db);

    await sql`
      create table campaign_sender (
        campaign_id text not null references campaign on delete cascade,
        session_id uuid not null,
        tenant uuid not null,
        ordinal smallint not null,
        cursor integer not null default 0,
        taken integer not null default 0,
        queued integer not null default 0,
        sent integer not null default 0,
        failed integer not null default 0,
        opted_out integer not null default 0,
        full_at timestamptz not null default '-infinity',
        served_at timestamptz not null default '-infinity',
        next_at timestamptz,
        primary key (campaign_id, session_id)
      )`.execute(db);
    await sql`create index campaign_sender_due on campaign_sender (session_id, next_at)
      where next_at is not null`.execute(db);
    await sql`create index campaign_sender_session on campaign_sender (session_id)`.execute(db);

    await sql`
      create table campaign_event (
        campaign_id text not null references campaign on delete cascade,
        version integer not null,
        tenant uuid not null,
        type text not null,
        data jsonb not null,
        at timestamptz not null,
        correlation_id text not null,
        published boolean not null default false,
        primary key (campaign_id, version)
      )`.execute(db);
    await sql`create index campaign_event_unpublished on campaign_event (campaign_id, version)
      where not published`.execute(db);

    await sql`
      create table campaign_problem (
        campaign_id text not null references campaign on delete cascade,
        ordinal integer not null,
        row_number integer not null,
        tenant uuid not null,
        kind text not null check (kind in ('bad', 'duplicate', 'opted-out')),
        reason text not null,
        value bytea not null,
        primary key (campaign_id, ordinal)
      )`.execute(db);

    await sql`
      alter table campaign
        add column kind text not null default 'bulk-send' check (kind in ('bulk-send', 'campaign')),
        add column name text not null default '',
        add column pace jsonb,
        add column schedule jsonb,
        add column max_failure_percent smallint not null default 50,
        add column rows integer not null default 0,
        add column bad integer not null default 0,
        add column duplicates integer not null default 0,
        add column opted_out_rows integer not null default 0,
        add column version integer not null default 0,
        add column reason_code text,
        add column reason_text text,
        add column started_at timestamptz,
        add column paused_at timestamptz,
        add column recent_outcomes text not null default '',
        add column progressed_at timestamptz,
        add column upload_id text,
        add column upload_seen_at timestamptz,
        drop constraint campaign_status_check,
        add constraint campaign_status_check
          check (status in ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled')),
        alter column status set default 'draft'`.execute(db);
    await sql`create index campaign_of_tenant on campaign (tenant, campaign_id desc)`.execute(db);
    await sql`create index campaign_deadline on campaign (not_after) where status in ('running', 'paused')`.execute(db);
    await sql`create index campaign_pausing on campaign (campaign_id) where status = 'paused'`.execute(db);

    await sql`
      alter table campaign_recipient
        add column contact_hash bytea,
        add column values bytea,
        add column session_id uuid,
        add column attempt smallint not null default 0,
        add column copies smallint not null default 1,
        add column reserved_at timestamptz,
        alter column message_id drop not null,
        drop constraint campaign_recipient_state_check,
        add constraint campaign_recipient_state_check
          check (state in ('pending', 'reserved', 'queued', 'sent', 'failed', 'opted-out'))`.execute(db);

    await sql`
      create table suppression (
        tenant uuid not null,
        contact_hash bytea not null,
        number bytea not null,
        source text not null check (source in ('reply', 'list')),
        created_at timestamptz not null,
        primary key (tenant, contact_hash)
      )`.execute(db);
    await sql`create index suppression_newest on suppression (tenant, created_at desc, contact_hash)`.execute(db);
    await sql`create table contact_key (one boolean primary key default true check (one), sealed bytea not null)`.execute(
      db,
    );
    await sql`create table opt_out_words (tenant uuid primary key, words text[] not null)`.execute(db);

    await sql`insert into session_lane (session_id, tenant, network, pool, status, connected_since, next_at)
      select distinct on (session_id) session_id, tenant, split_part(pool, '-', 1), pool, 'connected', created_at, now()
      from campaign order by session_id, created_at`.execute(db);
    await sql`update campaign_recipient as r set session_id = c.session_id
      from campaign c where c.campaign_id = r.campaign_id and r.state <> 'pending'`.execute(db);
    await sql`update campaign_recipient as r set copies = more.copies from (
        select campaign_id, coalesce(duplicate_of, position) as first, count(*) as copies
        from campaign_recipient group by 1, 2 having count(*) > 1) as more
      where more.campaign_id = r.campaign_id and more.first = r.position`.execute(db);
    // The bus and the engine know these by their ids: publishing once more does no harm.
    await sql`update campaign_recipient set state = 'reserved', reserved_at = '-infinity'
      where state = 'queued'`.execute(db);
    await sql`insert into campaign_sender
        (campaign_id, session_id, tenant, ordinal, queued, sent, failed, next_at)
      select c.campaign_id, c.session_id, c.tenant, 0,
        coalesce(sum(r.copies) filter (where r.state = 'reserved'), 0),
        coalesce(sum(r.copies) filter (where r.state = 'sent'), 0),
        coalesce(sum(r.copies) filter (where r.state = 'failed'), 0),
        case when c.status = 'running' then now() end
      from campaign c left join campaign_recipient r on r.campaign_id = c.campaign_id and r.duplicate_of is null
      group by c.campaign_id`.execute(db);
    await sql`update session_lane as l set outstanding = open.count from (
        select session_id, count(*) from campaign_recipient
        where state = 'reserved' and duplicate_of is null group by 1) as open
      where open.session_id = l.session_id`.execute(db);
    await sql`update campaign set rows = total, started_at = created_at,
      version = case when status = 'completed' then 2 else 1 end`.execute(db);
    await sql`insert into campaign_event (campaign_id, version, tenant, type, data, at, correlation_id, published)
      select campaign_id, 1, tenant, 'CampaignStarted', jsonb_build_object('campaignId', campaign_id,
        'sessionId', session_id, 'total', total, 'delayMs', delay_ms), created_at, correlation_id,
        started_published_at is not null
      from campaign`.execute(db);
    await sql`insert into campaign_event (campaign_id, version, tenant, type, data, at, correlation_id, published)
      select c.campaign_id, 2, c.tenant, 'CampaignCompleted', jsonb_build_object('campaignId', c.campaign_id,
        'sent', s.sent, 'failed', s.failed), c.completed_at, c.correlation_id, c.completed_published_at is not null
      from campaign c join campaign_sender s using (campaign_id) where c.status = 'completed'`.execute(db);

    await sql`drop index campaign_due, campaign_unpublished, campaign_recipient_open, campaign_recipient_message`.execute(
      db,
    );
    await sql`alter table campaign drop column session_id, drop column pool, drop column next_send_at,
      drop column started_published_at, drop column completed_published_at`.execute(db);
    // A list of a million is walked by its primary key from a cursor on; only what is under way, or rare, has an index of its own.
    await sql`create unique index campaign_recipient_contact on campaign_recipient (campaign_id, contact_hash)
      where duplicate_of is null`.execute(db);
    await sql`create index campaign_recipient_under_way on campaign_recipient (message_id)
      where state in ('reserved', 'queued')`.execute(db);
    await sql`create index campaign_recipient_reserved on campaign_recipient (campaign_id, session_id, reserved_at)
      where state = 'reserved'`.execute(db);
    await sql`create index campaign_recipient_failed on campaign_recipient (campaign_id, position)
      where state = 'failed'`.execute(db);
  },
};
