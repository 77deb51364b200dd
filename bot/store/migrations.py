"""The migrations to the current schema. Steps are only ever added; none is edited once released.

Papers, listings and summaries are public facts, shared by all workspaces. Everything that belongs to a workspace
carries its team id in the key. Times are UTC, ISO 8601 with microseconds, so that they sort as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("paperboy")

_FIRST_SCHEMA = """
CREATE TABLE papers (
    id TEXT PRIMARY KEY,              -- canonical arXiv id, without version
    title TEXT NOT NULL,
    authors TEXT NOT NULL,            -- JSON array of names, in the paper's order
    abstract TEXT NOT NULL,
    published TEXT,
    arxiv_version INTEGER,            -- null when the source does not tell (Hugging Face never does)
    thumbnail_url TEXT,
    code_url TEXT,
    project_url TEXT,
    organization TEXT,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL,             -- 'hugging_face' or 'arxiv': who described it last
    read_at TEXT NOT NULL
) STRICT;

CREATE TABLE listings (
    day TEXT PRIMARY KEY,             -- a UTC day
    fetched_at TEXT NOT NULL,
    raw TEXT NOT NULL                 -- the source's own answer, as sent
) STRICT;

CREATE TABLE listed_papers (
    day TEXT NOT NULL REFERENCES listings(day),
    paper TEXT NOT NULL REFERENCES papers(id),
    rank INTEGER NOT NULL,            -- from 1, as we rank
    votes INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    submitted_at TEXT,
    PRIMARY KEY (day, paper)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_papers_of_paper ON listed_papers(paper, day);

CREATE TABLE summaries (
    paper TEXT NOT NULL REFERENCES papers(id),
    arxiv_version INTEGER NOT NULL,   -- 0 when unknown
    language TEXT NOT NULL,
    version INTEGER NOT NULL,         -- from 1; a regenerated summary is a new row, older ones stay
    sections TEXT NOT NULL,           -- JSON array of [section, text]
    origin TEXT NOT NULL CHECK (origin IN ('extract', 'model', 'imported', 'written')),
    made_by TEXT NOT NULL,
    read TEXT NOT NULL CHECK (read IN ('abstract', 'full_text')),
    read_characters INTEGER,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'shown' CHECK (state IN ('shown', 'rejected', 'replaced')),
    score REAL,                       -- how well its source supports it, 0 to 1; null when not judged
    offenders TEXT,                   -- JSON array of what the source does not support
    PRIMARY KEY (paper, arxiv_version, language, version)
) STRICT;

CREATE TABLE teams (
    team TEXT PRIMARY KEY,
    name TEXT,
    bot_user TEXT,
    installed_at TEXT NOT NULL,
    removed_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    locale TEXT,                      -- as Slack says: ko-KR
    timezone TEXT,
    language TEXT,                    -- the person's own choice; null: follow Slack's locale
    read_at TEXT NOT NULL,
    PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    post_at TEXT NOT NULL,            -- local HH:MM
    timezone TEXT NOT NULL,
    weekdays TEXT NOT NULL DEFAULT 'mon tue wed thu fri sat sun',
    skip_dates TEXT NOT NULL DEFAULT '[]',
    language TEXT NOT NULL,
    second_language TEXT,
    top INTEGER NOT NULL,
    minimum_votes INTEGER NOT NULL DEFAULT 0,
    include_words TEXT NOT NULL DEFAULT '[]',
    exclude_words TEXT NOT NULL DEFAULT '[]',
    layout TEXT NOT NULL DEFAULT 'thread' CHECK (layout IN ('thread', 'cards')),
    day_choice TEXT NOT NULL DEFAULT 'settled' CHECK (day_choice IN ('settled', 'so_far')),
    empty_days TEXT NOT NULL DEFAULT 'say_why' CHECK (empty_days IN ('nothing', 'say_why', 'best_of_week')),
    late_risers INTEGER NOT NULL DEFAULT 0,
    unfurl INTEGER NOT NULL DEFAULT 0,
    recap TEXT NOT NULL DEFAULT 'none' CHECK (recap IN ('none', 'weekly', 'monthly')),
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'left')),
    state_reason TEXT,
    skip_next INTEGER NOT NULL DEFAULT 0,
    cursor TEXT,                      -- the last settled day dealt with
    added_by TEXT,
    added_at TEXT NOT NULL,
    PRIMARY KEY (team, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (                -- append-only: who changed which setting, when
    id INTEGER PRIMARY KEY,
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    user TEXT,                        -- null: Paperboy itself
    at TEXT NOT NULL,
    setting TEXT NOT NULL,
    old TEXT,
    new TEXT
) STRICT;
CREATE INDEX changes_of_channel ON changes(team, channel, id);
CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END;

CREATE TABLE due_claims (             -- one row for a channel and local date that has been dealt with or is being
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    local_date TEXT NOT NULL,
    owner TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (team, channel, local_date)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    team TEXT NOT NULL,
    conversation TEXT NOT NULL,
    edition TEXT NOT NULL,
    part TEXT NOT NULL,
    position INTEGER NOT NULL,        -- order within the edition
    kind TEXT NOT NULL CHECK (kind IN ('post', 'update')),
    payload TEXT NOT NULL,            -- as rendered; a retry sends the same bytes
    shows TEXT NOT NULL,              -- JSON array of paper ids, in the order shown
    thread_part TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sent', 'in_doubt', 'refused')),
    ts TEXT,                          -- Slack's, once sent; for an update, of the message it changes
    owner TEXT,
    lease_until TEXT,
    not_before TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    planned_at TEXT NOT NULL,
    sent_at TEXT,
    PRIMARY KEY (team, conversation, edition, part)
) STRICT;
CREATE INDEX outbox_unsent ON outbox(state, team, conversation) WHERE state IN ('pending', 'claimed', 'in_doubt');

CREATE TABLE message_papers (         -- a reaction names only channel and timestamp; this gives it meaning
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    position INTEGER NOT NULL,        -- from 1, as 1️⃣ … 🔟 choose
    paper TEXT NOT NULL REFERENCES papers(id),
    PRIMARY KEY (team, channel, ts, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_papers_of_paper ON message_papers(team, channel, paper);

CREATE TABLE reactions (              -- the latest word on each; a removal stays, lest a late addition undo it
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    message_ts TEXT NOT NULL,
    user TEXT NOT NULL,
    emoji TEXT NOT NULL,              -- as Slack sent it, skin tone and all: removal names exactly what was added
    added INTEGER NOT NULL,
    event_ts TEXT NOT NULL,
    PRIMARY KEY (team, channel, message_ts, user, emoji)
) STRICT, WITHOUT ROWID;

CREATE TABLE save_sources (           -- why a paper is on a list
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    paper TEXT NOT NULL REFERENCES papers(id),
    kind TEXT NOT NULL CHECK (kind IN ('reaction', 'click', 'command')),
    origin TEXT NOT NULL,             -- of a reaction: channel/message_ts/emoji; otherwise empty
    at TEXT NOT NULL,
    PRIMARY KEY (team, user, paper, kind, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_papers (           -- a person's list; a paper is on it while one source stands
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    paper TEXT NOT NULL REFERENCES papers(id),
    listed INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'to_read' CHECK (state IN ('to_read', 'reading', 'done')),
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (team, user, paper)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_papers_by_time ON saved_papers(team, user, saved_at DESC, paper) WHERE listed = 1;

CREATE TABLE tags (
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    paper TEXT NOT NULL REFERENCES papers(id),
    tag TEXT NOT NULL,
    PRIMARY KEY (team, user, paper, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE processed_events (
    team TEXT NOT NULL,
    event TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (team, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX processed_events_by_time ON processed_events(at);
"""


@migrations()
def m001_first_schema(db: Database) -> None:
    """Everything Paperboy remembers."""
    db.executescript(_FIRST_SCHEMA)


_MOVING_IN = """
CREATE TABLE imported_digests (       -- what older digests said, true or not; nothing in it is ever shown as a fact
    day TEXT PRIMARY KEY,
    text TEXT NOT NULL,               -- the digest itself, character for character
    imported_at TEXT NOT NULL
) STRICT;

CREATE TABLE imported_papers (
    day TEXT NOT NULL REFERENCES imported_digests(day),
    position INTEGER NOT NULL,        -- from 1, in the digest's order
    paper TEXT NOT NULL,              -- refers to no paper: nobody may have described it yet
    title TEXT NOT NULL,
    votes INTEGER,                    -- null where the digest names none
    author_line TEXT,
    thumbnail_url TEXT,
    bullets TEXT NOT NULL,            -- JSON array of [key or null, text]
    PRIMARY KEY (day, position)
) STRICT;
CREATE INDEX imported_papers_of_paper ON imported_papers(paper, day);

CREATE TABLE empty_days (             -- days the source listed nothing on, so that nobody asks for them again
    day TEXT PRIMARY KEY,
    read_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m002_moving_in(db: Database) -> None:
    """Older digests, and days known to be empty."""
    db.executescript(_MOVING_IN)


_OUTAGES = """
CREATE TABLE hearing (                -- when Slack was last heard, and which outage is still to be made up for
    team TEXT PRIMARY KEY,
    heard_at TEXT NOT NULL,
    deaf_since TEXT,                  -- null when Slack had never been heard before
    deaf_until TEXT                   -- null when no outage is pending
) STRICT, WITHOUT ROWID;

CREATE TABLE reaction_readings (      -- messages whose reactions Slack was asked for after an outage
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    message_ts TEXT NOT NULL,
    as_of TEXT,                       -- Slack's time: no event up to then says anything new; null when cut short
    outage TEXT NOT NULL,             -- the end of the outage it was done for
    PRIMARY KEY (team, channel, message_ts)
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m003_outages(db: Database) -> None:
    """Add outages, so that what one cost is made up for, also when a crash follows it."""
    db.executescript(_OUTAGES)


_DAYS_AND_DOUBTS = (
    """
    CREATE TABLE edition_days (           -- which listing days an edition brings; a conversation gets each day once
        team TEXT NOT NULL,
        conversation TEXT NOT NULL,
        day TEXT NOT NULL,
        edition TEXT NOT NULL,
        PRIMARY KEY (team, conversation, day)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO edition_days (team, conversation, day, edition)
    SELECT DISTINCT team, conversation, substr(edition, 7), edition FROM outbox WHERE edition GLOB 'daily:????-??-??'
    """,
    # SQLite cannot change a CHECK in place (sqlite.org, ALTER TABLE), so the table is made anew around its rows.
    """
    CREATE TABLE outbox_anew (
        team TEXT NOT NULL,
        conversation TEXT NOT NULL,
        edition TEXT NOT NULL,
        part TEXT NOT NULL,
        position INTEGER NOT NULL,        -- order within the edition
        kind TEXT NOT NULL CHECK (kind IN ('post', 'update')),
        payload TEXT NOT NULL,            -- as rendered; a retry sends the same bytes
        shows TEXT NOT NULL,              -- JSON array of paper ids, in the order shown
        thread_part TEXT,
        state TEXT NOT NULL CHECK (state IN ('pending', 'claimed', 'sent', 'in_doubt', 'unknown', 'refused')),
        ts TEXT,                          -- Slack's, once sent; for an update, of the message it changes
        owner TEXT,
        lease_until TEXT,
        not_before TEXT,
        claimed_at TEXT,                  -- when it was last about to be sent: where to look for it in Slack
        attempts INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        planned_at TEXT NOT NULL,
        sent_at TEXT,
        PRIMARY KEY (team, conversation, edition, part)
    ) STRICT
    """,
    """
    INSERT INTO outbox_anew (team, conversation, edition, part, position, kind, payload, shows, thread_part, state, ts,
        owner, lease_until, not_before, attempts, error, planned_at, sent_at)
    SELECT team, conversation, edition, part, position, kind, payload, shows, thread_part, state, ts,
        owner, lease_until, not_before, attempts, error, planned_at, sent_at FROM outbox
    """,
    "DROP TABLE outbox",
    "ALTER TABLE outbox_anew RENAME TO outbox",
    """
    CREATE INDEX outbox_unsent ON outbox(team, conversation, planned_at)
    WHERE state IN ('pending', 'claimed', 'in_doubt')
    """,
    "CREATE INDEX outbox_by_state ON outbox(state, sent_at)",
)


@migrations()
def m004_days_and_doubts(db: Database) -> None:
    """Add the days that an edition brings, and states of deliveries that are looked for or given up."""
    for statement in _DAYS_AND_DOUBTS:
        db.execute(statement)


_CHANNELS_THAT_RUN_THEMSELVES = (
    """
    CREATE TABLE channels_anew (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        post_at TEXT NOT NULL,            -- local HH:MM:SS
        timezone TEXT NOT NULL,
        language TEXT NOT NULL,
        top INTEGER NOT NULL,
        weekdays TEXT NOT NULL,           -- JSON array, Monday is 0
        skip_dates TEXT NOT NULL,         -- JSON array of local dates
        second_language TEXT,
        minimum_votes INTEGER NOT NULL,
        include_words TEXT NOT NULL,      -- JSON array
        exclude_words TEXT NOT NULL,      -- JSON array
        layout TEXT NOT NULL CHECK (layout IN ('thread', 'cards')),
        day_choice TEXT NOT NULL CHECK (day_choice IN ('settled', 'so_far')),
        empty_days TEXT NOT NULL CHECK (empty_days IN ('nothing', 'say_why', 'best_of_week')),
        late_risers INTEGER NOT NULL,
        unfurl INTEGER NOT NULL,
        recap TEXT NOT NULL CHECK (recap IN ('none', 'weekly', 'monthly')),
        managers TEXT NOT NULL CHECK (managers IN ('members', 'keepers')),
        state TEXT NOT NULL CHECK (state IN ('new', 'active', 'paused', 'closed', 'left')),
        state_reason TEXT,                -- of a closed one: what Slack said
        state_since TEXT NOT NULL,
        skip_next INTEGER NOT NULL DEFAULT 0,
        cursor TEXT,                      -- the last listing day dealt with
        since TEXT NOT NULL,              -- the moment from which it is served
        added_by TEXT,
        added_at TEXT NOT NULL,
        PRIMARY KEY (team, channel)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO channels_anew (team, channel, post_at, timezone, language, top, weekdays, skip_dates, second_language,
        minimum_votes, include_words, exclude_words, layout, day_choice, empty_days, late_risers, unfurl, recap,
        managers, state, state_reason, state_since, skip_next, cursor, since, added_by, added_at)
    SELECT team, channel, post_at, timezone, language, top, '[0, 1, 2, 3, 4, 5, 6]', '[]', NULL,
        0, '[]', '[]', 'thread', 'settled', 'say_why', 0, 0, 'none',
        'members', CASE WHEN state = 'paused' AND state_reason IS NOT NULL THEN 'closed' ELSE state END, state_reason,
        added_at, 0, cursor, added_at, added_by, added_at FROM channels
    """,
    "DROP TABLE channels",
    "ALTER TABLE channels_anew RENAME TO channels",
    "ALTER TABLE outbox ADD COLUMN card TEXT",  # how a paper's card was rendered, JSON, to render it again
    "CREATE INDEX outbox_by_ts ON outbox(team, conversation, ts)",
    """
    CREATE TABLE edition_upkeep (         -- which looks back at an edition have been taken
        team TEXT NOT NULL,
        conversation TEXT NOT NULL,
        edition TEXT NOT NULL,
        step TEXT NOT NULL,               -- 'day' or 'week'
        at TEXT NOT NULL,
        PRIMARY KEY (team, conversation, edition, step)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def m005_channels_that_run_themselves(db: Database) -> None:
    """Add settings of channels, the person who stopped one, and the choices a card is rendered again with."""
    for statement in _CHANNELS_THAT_RUN_THEMSELVES:
        db.execute(statement)


_SUMMARIES_BY_MODELS = (
    """
    CREATE TABLE materials (              -- what was read of a paper: exactly what its summaries were made from
        paper TEXT PRIMARY KEY REFERENCES papers(id),
        read TEXT NOT NULL,               -- 'abstract' or 'full_text'
        found_at TEXT,                    -- 'hugging_face' or 'arxiv'; null for an abstract
        arxiv_version INTEGER,
        sections TEXT NOT NULL,           -- JSON array of the headings given
        characters INTEGER NOT NULL,
        text BLOB NOT NULL,               -- UTF-8, zlib
        read_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE model_spending (         -- what language models were asked
        day TEXT NOT NULL,                -- UTC
        team TEXT NOT NULL,
        user TEXT NOT NULL,               -- '' for Paperboy itself
        model TEXT NOT NULL,
        requests INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        dollars REAL NOT NULL,
        PRIMARY KEY (day, team, user, model)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE summary_reports (        -- what readers said is wrong with a summary
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        language TEXT NOT NULL,
        complaint TEXT NOT NULL,
        note TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (team, user, paper, language, at)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX summary_reports_by_time ON summary_reports(at)",
    "CREATE INDEX summaries_by_time ON summaries(made_at)",
    "CREATE INDEX outbox_cards ON outbox(team, part) WHERE card IS NOT NULL",
)


@migrations()
def m006_summaries_by_models(db: Database) -> None:
    """Add the material of summaries, their cost, and reports about them."""
    for statement in _SUMMARIES_BY_MODELS:
        db.execute(statement)


_SUMMARY_TRIES = (
    """
    CREATE TABLE summary_tries (          -- what a model could not summarise so far
        paper TEXT NOT NULL REFERENCES papers(id),
        language TEXT NOT NULL,
        model TEXT NOT NULL,
        failures INTEGER NOT NULL,        -- that count against it
        away INTEGER NOT NULL,            -- times in a row without an answer
        reason TEXT NOT NULL,             -- the name of the last failure
        last_at TEXT NOT NULL,
        given_up INTEGER NOT NULL,        -- 1 when it is tried no more unasked
        told INTEGER NOT NULL DEFAULT 0,  -- 1 when the operator was told of that
        PRIMARY KEY (paper, language, model)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX summary_tries_by_time ON summary_tries(last_at)",
    "CREATE INDEX summaries_by_maker ON summaries(made_by, made_at) WHERE origin = 'model' AND state = 'shown'",
)


@migrations()
def m007_summary_tries(db: Database) -> None:
    """Add failed tries of models, so that a summary that cannot succeed is given up, whoever restarts."""
    for statement in _SUMMARY_TRIES:
        db.execute(statement)


_DATA_WITH_AN_END = (
    """
    CREATE TABLE posted_papers (          -- which papers a conversation has had a card of, or will: kept for ever
        team TEXT NOT NULL,
        conversation TEXT NOT NULL,
        paper TEXT NOT NULL,
        edition TEXT NOT NULL,            -- the one that brings the card, whose part is named after the paper
        ts TEXT,                          -- Slack's, once sent
        thread_ts TEXT,                   -- of the message it answers in a thread
        PRIMARY KEY (team, conversation, paper, edition)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO posted_papers (team, conversation, paper, edition, ts, thread_ts)
    SELECT o.team, o.conversation, o.part, o.edition, CASE WHEN o.state = 'sent' THEN o.ts END,
        CASE WHEN o.state = 'sent' THEN root.ts END
    FROM outbox o LEFT JOIN outbox root ON root.team = o.team AND root.conversation = o.conversation
        AND root.edition = o.edition AND root.part = o.thread_part
    WHERE (o.edition LIKE 'daily:%' OR o.edition LIKE 'late:%') AND o.part <> 'header' AND o.kind = 'post'
    """,
    """
    CREATE TABLE pruning (                -- up to which moment something was cleared away, where nothing else tells
        what TEXT PRIMARY KEY,
        up_to TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE last_check (             -- written to find out whether the database can be written
        only INTEGER PRIMARY KEY CHECK (only = 1),
        checks INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO last_check (only, checks) VALUES (1, 0)",
    "CREATE INDEX listings_with_raw ON listings(fetched_at) WHERE raw <> ''",
    "CREATE INDEX materials_by_time ON materials(read_at)",
    "CREATE INDEX summary_tries_untold ON summary_tries(last_at) WHERE given_up = 1 AND told = 0",
    # SQLite before 3.41 takes the columns of such a table for empty when it checks it, unless its key comes first.
    """
    CREATE TABLE summary_reports_anew (   -- what readers said is wrong with a summary
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        language TEXT NOT NULL,
        at TEXT NOT NULL,
        complaint TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (team, user, paper, language, at)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO summary_reports_anew (team, user, paper, language, at, complaint, note)
    SELECT team, user, paper, language, at, complaint, note FROM summary_reports
    """,
    "DROP TABLE summary_reports",
    "ALTER TABLE summary_reports_anew RENAME TO summary_reports",
    "CREATE INDEX summary_reports_by_time ON summary_reports(at)",
    "DROP INDEX message_papers_of_paper",
    "DROP TABLE tags",
    "DROP TABLE processed_events",
    # The log stays append-only, but for a channel that Slack gave another id.
    "DROP TRIGGER changes_are_never_rewritten",
    """
    CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE OF id, team, user, at, setting, old, new ON changes
    BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END
    """,
)


@migrations()
def m008_data_with_an_end(db: Database) -> None:
    """Add a record of what a conversation has had, so that the outbox can be cleared."""
    for statement in _DATA_WITH_AN_END:
        db.execute(statement)


_WHAT_DID_NOT_ARRIVE = (
    "ALTER TABLE outbox ADD COLUMN looks INTEGER NOT NULL DEFAULT 0",  # in doubt, how often looked for in vain
    "ALTER TABLE outbox ADD COLUMN probably_absent INTEGER NOT NULL DEFAULT 0",  # in doubt, and most likely not taken
    "ALTER TABLE outbox ADD COLUMN renewals INTEGER NOT NULL DEFAULT 0",  # how often sent anew after it was deleted
    "ALTER TABLE outbox ADD COLUMN told INTEGER NOT NULL DEFAULT 0",  # 1 once somebody was told that it did not arrive
    "UPDATE outbox SET told = 1 WHERE state IN ('refused', 'unknown')",
    """
    CREATE INDEX outbox_undelivered ON outbox(team, conversation, edition)
    WHERE state IN ('refused', 'unknown') AND told = 0
    """,
)


@migrations()
def m009_what_did_not_arrive(db: Database) -> None:
    """Count the looks for a delivery, and note whether its loss was reported."""
    for statement in _WHAT_DID_NOT_ARRIVE:
        db.execute(statement)


@migrations()
def m010_reports_that_rewrite(db: Database) -> None:
    """Mark the reports that had a summary rewritten; of those up to now all may have."""
    db.execute("ALTER TABLE summary_reports ADD COLUMN rewrites INTEGER NOT NULL DEFAULT 1")


@migrations()
def m011_summaries_of_a_part(db: Database) -> None:
    """Whether a model's server took in only a part of the full text it was given."""
    db.execute("ALTER TABLE summaries ADD COLUMN in_part INTEGER NOT NULL DEFAULT 0")


@migrations()
def m012_invitations(db: Database) -> None:
    """Invitations that were acknowledged and are not answered yet."""
    db.execute(
        """
        CREATE TABLE invitations (            -- Paperboy was added to a channel, and whoever did it was not told yet
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            event_ts TEXT NOT NULL,
            inviter TEXT,
            at TEXT NOT NULL,
            PRIMARY KEY (team, channel, event_ts)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m013_open_requests(db: Database) -> None:
    """Add requests that were acknowledged and not done, so that they are done even if a process dies."""
    db.execute(
        """
        CREATE TABLE open_requests (          -- what somebody asked for and is not done yet
            team TEXT NOT NULL,
            channel TEXT NOT NULL,            -- where it was asked, '' for a form
            person TEXT NOT NULL,
            kind TEXT NOT NULL,
            cause TEXT NOT NULL,              -- Slack's name for the click, command or form
            value TEXT NOT NULL,
            at TEXT NOT NULL,
            thread_ts TEXT,
            response_url TEXT,
            view_id TEXT,
            step TEXT NOT NULL,               -- how far it has come, where doing it twice would do harm
            owner TEXT NOT NULL,              -- who is at it, until the lease is over
            lease_until TEXT NOT NULL,
            PRIMARY KEY (team, channel, person, kind, cause)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX summary_reports_of_person ON summary_reports(team, user, at)")


@migrations()
def m014_latest_moves(db: Database) -> None:
    """Add when Paperboy last joined or left a channel, as Slack may tell of that in any order."""
    db.execute(
        """
        CREATE TABLE latest_moves (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            event_ts TEXT NOT NULL,           -- of the event that says so
            PRIMARY KEY (team, channel)
        ) STRICT, WITHOUT ROWID
        """
    )


@migrations()
def m015_next_in_order(db: Database) -> None:
    """Index the unsent messages of an edition in their order, so that none are sorted for each message."""
    db.execute("DROP INDEX outbox_unsent")
    db.execute(
        """
        CREATE INDEX outbox_unsent ON outbox(team, conversation, edition, position, planned_at)
        WHERE state IN ('pending', 'claimed', 'in_doubt')
        """
    )


_EDITIONS_BY_KIND = (
    "ALTER TABLE outbox ADD COLUMN edition_kind TEXT NOT NULL DEFAULT ''",  # '' for one that is not known
    "ALTER TABLE outbox ADD COLUMN edition_about TEXT NOT NULL DEFAULT ''",  # a day, a channel … as its name has it
    """
    UPDATE outbox SET edition_kind = substr(edition, 1, instr(edition, ':') - 1)
    WHERE substr(edition, 1, instr(edition, ':') - 1) IN
        ('daily', 'late', 'best', 'recap', 'note', 'votes', 'summary', 'share', 'welcome', 'notice', 'answer')
    """,
    # Without the kind, up to the next colon.
    """
    UPDATE outbox SET edition_about = substr(edition, length(edition_kind) + 2,
        instr(substr(edition, length(edition_kind) + 2) || ':', ':') - 1)
    WHERE edition_kind NOT IN ('', 'votes')
    """,
    # Of changes to another edition, whose own name has colons, up to the last: what is trimmed is all but colons.
    """
    UPDATE outbox SET edition_about = substr(edition, 7, length(rtrim(edition, replace(edition, ':', ''))) - 7)
    WHERE edition_kind = 'votes' AND edition LIKE 'votes:%:%'
    """,
    """
    UPDATE outbox SET edition_about = substr(edition, 7)
    WHERE edition_kind = 'votes' AND edition NOT LIKE 'votes:%:%'
    """,
    "UPDATE outbox SET edition_about = edition WHERE edition_kind = ''",
)


@migrations()
def m016_editions_by_kind(db: Database) -> None:
    """Add an edition's kind and subject as columns, so that no name need be taken apart to find it."""
    for statement in _EDITIONS_BY_KIND:
        db.execute(statement)


@migrations()
def m017_attempts(db: Database) -> None:
    """Count the attempts at a request, so that one that ends the process is given up."""
    db.execute("ALTER TABLE open_requests ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0")


_PLAIN_NAMES = (
    "ALTER TABLE hearing RENAME TO outages",
    "ALTER TABLE outages RENAME COLUMN heard_at TO last_seen_at",
    "ALTER TABLE outages RENAME COLUMN deaf_since TO outage_since",
    "ALTER TABLE outages RENAME COLUMN deaf_until TO outage_until",
    "ALTER TABLE outbox RENAME COLUMN told TO reported",
    "ALTER TABLE summary_tries RENAME COLUMN told TO reported",
    "DROP INDEX summary_tries_untold",
    "CREATE INDEX summary_tries_unreported ON summary_tries(last_at) WHERE given_up = 1 AND reported = 0",
)


@migrations()
def m018_plain_names(db: Database) -> None:
    """Tables and columns called by what they hold."""
    for statement in _PLAIN_NAMES:
        db.execute(statement)


_FACTS_OF_THE_FEED = (
    "ALTER TABLE papers ADD COLUMN feed_summary TEXT",  # what the feed's own model says of it
    "ALTER TABLE papers ADD COLUMN keywords TEXT NOT NULL DEFAULT '[]'",  # JSON array, the feed's
    "ALTER TABLE papers ADD COLUMN code_stars INTEGER",  # of code_url, null when not told
    "ALTER TABLE papers ADD COLUMN media_urls TEXT NOT NULL DEFAULT '[]'",  # JSON array of pictures and videos
    "ALTER TABLE listed_papers ADD COLUMN submitted_by TEXT",  # a name
    "CREATE TABLE lists_to_read_again (day TEXT PRIMARY KEY REFERENCES listings(day)) STRICT, WITHOUT ROWID",
    "INSERT INTO lists_to_read_again (day) SELECT day FROM listings WHERE raw <> ''",
)


@migrations()
def m019_facts_of_the_feed(db: Database) -> None:
    """Add further facts from daily lists, and have the stored lists read again for them."""
    for statement in _FACTS_OF_THE_FEED:
        db.execute(statement)


_DIGESTS_ALONE = (
    "ALTER TABLE posted_papers ADD COLUMN part TEXT",  # that brings the paper; null when named after it, as its card is
    "CREATE INDEX posted_papers_in_digests ON posted_papers(team, conversation, edition, part) WHERE part IS NOT NULL",
    """
    CREATE TABLE channels_anew (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        post_at TEXT NOT NULL,            -- local HH:MM:SS
        timezone TEXT NOT NULL,
        language TEXT NOT NULL,
        top INTEGER NOT NULL,
        weekdays TEXT NOT NULL,           -- JSON array, Monday is 0
        skip_dates TEXT NOT NULL,         -- JSON array of local dates
        second_language TEXT,
        minimum_votes INTEGER NOT NULL,
        include_words TEXT NOT NULL,      -- JSON array
        exclude_words TEXT NOT NULL,      -- JSON array
        layout TEXT NOT NULL CHECK (layout IN ('thread', 'cards', 'digest')),
        day_choice TEXT NOT NULL CHECK (day_choice IN ('settled', 'so_far')),
        empty_days TEXT NOT NULL CHECK (empty_days IN ('nothing', 'say_why', 'best_of_week')),
        late_risers INTEGER NOT NULL,
        unfurl INTEGER NOT NULL,
        recap TEXT NOT NULL CHECK (recap IN ('none', 'weekly', 'monthly')),
        managers TEXT NOT NULL CHECK (managers IN ('members', 'keepers')),
        state TEXT NOT NULL CHECK (state IN ('new', 'active', 'paused', 'closed', 'left')),
        state_reason TEXT,                -- of a closed one: what Slack said
        state_since TEXT NOT NULL,
        skip_next INTEGER NOT NULL DEFAULT 0,
        cursor TEXT,                      -- the last listing day dealt with
        since TEXT NOT NULL,              -- the moment from which it is served
        added_by TEXT,
        added_at TEXT NOT NULL,
        PRIMARY KEY (team, channel)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO channels_anew (team, channel, post_at, timezone, language, top, weekdays, skip_dates, second_language,
        minimum_votes, include_words, exclude_words, layout, day_choice, empty_days, late_risers, unfurl, recap,
        managers, state, state_reason, state_since, skip_next, cursor, since, added_by, added_at)
    SELECT team, channel, post_at, timezone, language, top, weekdays, skip_dates, second_language,
        minimum_votes, include_words, exclude_words, layout, day_choice, empty_days, late_risers, unfurl, recap,
        managers, state, state_reason, state_since, skip_next, cursor, since, added_by, added_at FROM channels
    """,
    "DROP TABLE channels",
    "ALTER TABLE channels_anew RENAME TO channels",
)


@migrations()
def m020_digests_alone(db: Database) -> None:
    """A channel can have its digest without cards; then the digest is what brings a paper."""
    for statement in _DIGESTS_ALONE:
        db.execute(statement)


@migrations()
def m021_takeaways(db: Database) -> None:
    """The sentence that says what a paper says, where whoever made its summary wrote one."""
    db.execute("ALTER TABLE summaries ADD COLUMN takeaway TEXT")


@migrations()
def m022_threads_of_digests(db: Database) -> None:
    """A paper can be shared in the thread of a message that another edition brought."""
    db.execute("ALTER TABLE outbox ADD COLUMN in_thread TEXT")


@migrations()
def m023_welcomes_that_change(db: Database) -> None:
    """A welcome says so when its channel is set up: where it stands, and the latest of them found by an index."""
    db.execute("ALTER TABLE outbox ADD COLUMN direct_channel TEXT")  # of a message to a person, by which it is changed
    db.execute("CREATE INDEX outbox_welcomes ON outbox(team, sent_at) WHERE edition_kind = 'welcome'")


@migrations()
def m024_not_stated(db: Database) -> None:
    """Add the sections that a paper does not state; of summaries from before, nobody knows."""
    db.execute("ALTER TABLE summaries ADD COLUMN not_stated TEXT NOT NULL DEFAULT '[]'")  # JSON array of sections


@migrations()
def m025_newer_blocks(db: Database) -> None:
    """A workspace may not take the newest types of blocks yet; what it answered is kept."""
    db.execute(
        """
        CREATE TABLE newer_blocks (
            team TEXT NOT NULL,
            kind TEXT NOT NULL,               -- Slack's name of the type
            accepted INTEGER NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (team, kind)
        ) STRICT, WITHOUT ROWID
        """
    )


_SUMMARY_FEEDBACK = (
    """
    CREATE TABLE summary_feedback (       -- what readers think of the summaries that a model wrote
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        language TEXT NOT NULL,
        made_at TEXT NOT NULL,            -- of the summary: which of its versions
        made_by TEXT NOT NULL,            -- the model
        rating TEXT NOT NULL CHECK (rating IN ('helpful', 'not_helpful')),
        at TEXT NOT NULL,                 -- of the click, by Slack's clock
        PRIMARY KEY (team, user, paper, language, made_at)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX summary_feedback_by_time ON summary_feedback(at)",
)


@migrations()
def m026_summary_feedback(db: Database) -> None:
    """Readers say whether a summary was helpful; the last word of each counts."""
    for statement in _SUMMARY_FEEDBACK:
        db.execute(statement)


_COLUMNS_NOBODY_READS = (
    "summaries DROP COLUMN read_characters",
    "teams DROP COLUMN name",
    "teams DROP COLUMN bot_user",
)


@migrations()
def m027_columns_nobody_reads(db: Database) -> None:
    """Drop columns that nothing reads."""
    for column in _COLUMNS_NOBODY_READS:
        db.execute(f"ALTER TABLE {column}")


@migrations()
def m028_scopes_told_missing(db: Database) -> None:
    """The operator is told once which scopes are missing."""
    db.execute("ALTER TABLE teams ADD COLUMN scopes_told_missing TEXT NOT NULL DEFAULT ''")  # separated by spaces


_INCOMING_MESSAGES = (
    """
    CREATE TABLE incoming_messages (      -- messages that people wrote to Paperboy, without their words
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        ts TEXT NOT NULL,
        person TEXT NOT NULL,             -- '' for one that was deleted before it was heard
        edited_ts TEXT NOT NULL,          -- of the edit that is answered; '' for none
        fingerprint TEXT NOT NULL,        -- tells other words from these
        treatment TEXT NOT NULL,
        edits INTEGER NOT NULL,           -- how many were answered
        at TEXT NOT NULL,                 -- when it was heard
        PRIMARY KEY (team, channel, ts)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX incoming_messages_of_person ON incoming_messages(team, person, at)",
    "CREATE INDEX incoming_messages_by_time ON incoming_messages(at)",
)


@migrations()
def m029_incoming_messages(db: Database) -> None:
    """Add which messages people wrote to Paperboy, so that each is answered once and edits are understood."""
    for statement in _INCOMING_MESSAGES:
        db.execute(statement)


_LINK_PREVIEWS = (
    "ALTER TABLE channels ADD COLUMN link_previews INTEGER NOT NULL DEFAULT 1",
    # In a message of a person's, where the saving emoji mean every paper that is linked.
    "ALTER TABLE message_papers ADD COLUMN is_linked INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE link_previews (          -- papers whose pasted links got a preview, so that none has two in a week
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        message_ts TEXT NOT NULL,
        is_shown INTEGER NOT NULL,        -- 0 from before Slack is asked until it has taken it
        at TEXT NOT NULL,
        PRIMARY KEY (team, channel, paper)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX link_previews_by_time ON link_previews(at)",
)


@migrations()
def m030_link_previews(db: Database) -> None:
    """Links to papers that people paste get a preview, where the channel's settings say so."""
    for statement in _LINK_PREVIEWS:
        db.execute(statement)


_SEARCH = (
    """
    CREATE TABLE search_documents (       -- papers as the words they are searched by, separated by blanks
        number INTEGER PRIMARY KEY,       -- in the order in which arXiv received them
        paper TEXT NOT NULL REFERENCES papers(id),
        submitted TEXT,
        fingerprint TEXT NOT NULL,        -- of the texts it is made of
        title TEXT NOT NULL,
        authors TEXT NOT NULL,
        topics TEXT NOT NULL,
        takeaways TEXT NOT NULL,
        body BLOB NOT NULL                -- zlib; what the index needs to take a document out again
    ) STRICT
    """,
    # Words are cut and folded before they come here: nothing but blanks separates them.
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        title, authors, body, content='', prefix='3', tokenize='ascii'
    )
    """,
    """
    CREATE TABLE search_progress (        -- how far the papers stored before the index are indexed, latest first
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,         -- of the index
        up_to TEXT NOT NULL,              -- the last one indexed; '~' before the first, '' when all are
        PRIMARY KEY (kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO search_progress (kind, version, up_to)
    SELECT 'papers', 1, CASE WHEN EXISTS (SELECT 1 FROM papers) THEN '~' ELSE '' END
    """,
    "CREATE INDEX saved_papers_of_paper ON saved_papers(paper) WHERE listed = 1",
)


@migrations()
def m031_search(db: Database) -> None:
    """Add the search index; papers stored before are indexed in the background, so that no start waits for it."""
    for statement in _SEARCH:
        db.execute(statement)


_ADDRESSES_OF_PAPERS = (
    "CREATE INDEX papers_by_code ON papers(lower(code_url))",
    "CREATE INDEX papers_by_project ON papers(lower(project_url))",
)


@migrations()
def m032_addresses_of_papers(db: Database) -> None:
    """Papers are found by the addresses of their code and project pages, in any case of letters."""
    for statement in _ADDRESSES_OF_PAPERS:
        db.execute(statement)


_QUESTION_TURNS = (
    """
    CREATE TABLE question_turns (         -- what people asked about papers, for what they ask next
        team TEXT NOT NULL,
        channel TEXT NOT NULL,            -- or the person, where nobody else saw the answer
        thread_ts TEXT NOT NULL,          -- empty outside of threads
        at TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,             -- empty until there is one
        PRIMARY KEY (team, channel, thread_ts, at, user)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX question_turns_by_time ON question_turns(at)",
    "CREATE INDEX question_turns_of_person ON question_turns(team, user, at)",
)


@migrations()
def m033_question_turns(db: Database) -> None:
    """Keep the last questions of a thread, which the next one may follow up on."""
    for statement in _QUESTION_TURNS:
        db.execute(statement)


_DOIS = (
    "ALTER TABLE papers ADD COLUMN doi TEXT",  # in lower case; NULL while no source has told one
    "CREATE INDEX papers_by_doi ON papers(doi)",
)


@migrations()
def m034_dois(db: Database) -> None:
    """Keep the DOI of each paper that has one, and find papers by it."""
    for statement in _DOIS:
        db.execute(statement)


_PEOPLE_WHO_CHOSE = (
    "ALTER TABLE people ADD COLUMN shows_name INTEGER NOT NULL DEFAULT 0",  # 1: in what others see of the team's saves
    # When Slack was last asked whether the account is active; '' for never.
    "ALTER TABLE people ADD COLUMN checked_at TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE people ADD COLUMN deactivated_at TEXT",  # when it was first seen to be deactivated; NULL: it is not
    "CREATE INDEX people_by_check ON people(team, checked_at)",
    "CREATE INDEX people_deactivated ON people(team, deactivated_at) WHERE deactivated_at IS NOT NULL",
)


@migrations()
def m035_people_who_chose(db: Database) -> None:
    """Add whether a person's name may be shown, and whether their account is still active."""
    for statement in _PEOPLE_WHO_CHOSE:
        db.execute(statement)


@migrations()
def m036_primary_categories(db: Database) -> None:
    """Keep the primary category of each paper that arXiv was asked for; NULL while it was not."""
    db.execute("ALTER TABLE papers ADD COLUMN primary_category TEXT")


_TEAM_SAVES = (
    "ALTER TABLE channels ADD COLUMN team_recap INTEGER NOT NULL DEFAULT 0",  # 1: once a week, what people here saved
    "ALTER TABLE people ADD COLUMN is_external INTEGER NOT NULL DEFAULT 0",  # 1: of another organization, by Slack
    'CREATE INDEX saved_papers_of_team ON saved_papers(team, saved_at, paper, "user") WHERE listed = 1',
    "CREATE INDEX outbox_team_recaps ON outbox(team) WHERE edition_kind = 'team'",
)


@migrations()
def m037_team_saves(db: Database) -> None:
    """Add the week's recap of what a workspace's people saved, found by time."""
    for statement in _TEAM_SAVES:
        db.execute(statement)


_READING_LISTS = (
    """
    CREATE TABLE list_changes (           -- what people did about papers on their lists; the lists are the sum of it
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        at TEXT NOT NULL,
        change TEXT NOT NULL,
        kind TEXT NOT NULL,               -- reaction, click, command, import
        place TEXT NOT NULL,              -- channel/message_ts/emoji, of a click without emoji; '' where there is none
        PRIMARY KEY (team, user, paper, at, change, kind, place)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO list_changes (team, user, paper, at, change, kind, place)
    SELECT team, user, paper, at, 'save', kind, origin FROM save_sources
    """,
    # What was taken off a list has no sources, and an event that comes again does not bring it back.
    """
    INSERT INTO list_changes (team, user, paper, at, change, kind, place)
    SELECT team, user, paper, saved_at, CASE listed WHEN 1 THEN 'save' ELSE 'remove' END, 'click', ''
    FROM saved_papers s WHERE NOT EXISTS
        (SELECT 1 FROM save_sources c WHERE c.team = s.team AND c.user = s.user AND c.paper = s.paper)
    """,
    # A paper may have come onto the list by a source that has ended since.
    """
    UPDATE list_changes AS c SET at = s.saved_at FROM saved_papers s
    WHERE s.team = c.team AND s.user = c.user AND s.paper = c.paper AND s.listed = 1 AND s.saved_at < c.at
    AND NOT EXISTS (SELECT 1 FROM save_sources earlier WHERE earlier.team = c.team AND earlier.user = c.user
        AND earlier.paper = c.paper AND earlier.at < c.at)
    """,
    # SQLite cannot change a CHECK in place (sqlite.org, ALTER TABLE), so the table is made anew around its rows.
    """
    CREATE TABLE saved_papers_anew (      -- people's lists, as list_changes make them
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        paper TEXT NOT NULL REFERENCES papers(id),
        listed INTEGER NOT NULL,
        saved_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'to_read' CHECK (state IN ('to_read', 'reading', 'done', 'archived')),
        note TEXT NOT NULL DEFAULT '',
        tags TEXT NOT NULL DEFAULT '[]',  -- JSON array, as written
        words TEXT NOT NULL DEFAULT '',   -- of the note and the tags, as they are searched
        origin TEXT NOT NULL DEFAULT '',  -- the oldest source that stands; '' where none does
        changed_at TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (team, user, paper)
    ) STRICT, WITHOUT ROWID
    """,
    """
    INSERT INTO saved_papers_anew (team, user, paper, listed, saved_at, state, note, origin, changed_at)
    SELECT team, user, paper, listed, saved_at, state, note,
        coalesce((SELECT rtrim(c.kind || ' ' || c.origin) FROM save_sources c WHERE c.team = s.team
            AND c.user = s.user AND c.paper = s.paper ORDER BY c.at, c.kind, c.origin LIMIT 1), 'click'), saved_at
    FROM saved_papers s
    """,
    "DROP TABLE saved_papers",
    "DROP TABLE save_sources",
    "ALTER TABLE saved_papers_anew RENAME TO saved_papers",
    "CREATE INDEX saved_papers_by_time ON saved_papers(team, user, saved_at DESC, paper, state) WHERE listed = 1",
    "CREATE INDEX saved_papers_of_paper ON saved_papers(paper) WHERE listed = 1",
    "CREATE INDEX saved_papers_of_team ON saved_papers(team, saved_at, paper, user) WHERE listed = 1",
    "CREATE INDEX saved_papers_off_list ON saved_papers(changed_at, team, user, paper) WHERE listed = 0",
    """
    CREATE TABLE saved_tags (             -- by which tags a person finds the papers on their list
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        tag TEXT NOT NULL,                -- without case
        paper TEXT NOT NULL REFERENCES papers(id),
        name TEXT NOT NULL,               -- as written
        PRIMARY KEY (team, user, tag, paper)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX saved_tags_of_paper ON saved_tags(team, user, paper)",
    """
    CREATE TABLE list_emoji (             -- the emoji a workspace chose for its lists, in the place of the settings'
        team TEXT PRIMARY KEY,
        saving TEXT NOT NULL,             -- names separated by blanks
        reading TEXT NOT NULL,
        done TEXT NOT NULL,
        chosen_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX search_documents_of_paper ON search_documents(paper)",
    "DROP INDEX listed_papers_of_paper",
    "CREATE INDEX listed_papers_of_paper ON listed_papers(paper, day, votes)",
)


@migrations()
def m038_reading_lists(db: Database) -> None:
    """Keep each change to a reading list, from which states follow; add tags, and a workspace's own emoji."""
    for statement in _READING_LISTS:
        db.execute(statement)


_REMINDERS = (
    """
    CREATE TABLE reminders (              -- what people want of reminders; no row: none
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        is_on INTEGER NOT NULL,
        weekday INTEGER NOT NULL,         -- Monday is 0
        since TEXT,                       -- when they were turned on
        snoozed_until TEXT,
        due_at TEXT,                      -- when to look next whether one is due; null when off
        last_for TEXT,                    -- the slot of the last one
        last_papers TEXT NOT NULL DEFAULT '',  -- the ids it suggested, separated by spaces
        PRIMARY KEY (team, user)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX reminders_due ON reminders(team, due_at) WHERE due_at IS NOT NULL",
    # From this moment on a message is not sent any more: a reminder belongs to its day.
    "ALTER TABLE outbox ADD COLUMN send_before TEXT",
    """
    CREATE TABLE paper_lengths (          -- of full texts that were read, for how long reading one takes
        paper TEXT NOT NULL REFERENCES papers(id),
        words INTEGER NOT NULL,
        arxiv_version INTEGER,
        PRIMARY KEY (paper)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def m039_reminders(db: Database) -> None:
    """People can be reminded of their list once a week."""
    for statement in _REMINDERS:
        db.execute(statement)


_PAPER_NEWS = (
    # The papers' row may be that of an older version that somebody asked for.
    "ALTER TABLE papers ADD COLUMN newest_version INTEGER",
    # 1: described by the feed, which tells of code; else nobody knows whether there was any.
    "ALTER TABLE papers ADD COLUMN is_code_told INTEGER NOT NULL DEFAULT 0",
    """
    UPDATE papers SET newest_version = arxiv_version, is_code_told = CASE WHEN source <> 'arxiv' OR EXISTS
        (SELECT 1 FROM listed_papers l WHERE l.paper = papers.id) THEN 1 ELSE 0 END
    """,
    """
    CREATE TABLE paper_news (             -- what became known of papers while people had them on their lists
        paper TEXT NOT NULL REFERENCES papers(id),
        kind TEXT NOT NULL CHECK (kind IN ('withdrawn', 'new_version', 'code')),
        at TEXT NOT NULL,
        version INTEGER,
        code_url TEXT,
        PRIMARY KEY (paper, kind)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE news_progress (          -- how far the saved papers were checked for news, in the order of their ids
        source TEXT NOT NULL,
        up_to TEXT NOT NULL,              -- the last one checked; '' when all were
        began_at TEXT NOT NULL,           -- when the first of them was
        asked_at TEXT NOT NULL,
        PRIMARY KEY (source)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def m040_paper_news(db: Database) -> None:
    """Saved papers are checked for new versions, withdrawals, and code."""
    for statement in _PAPER_NEWS:
        db.execute(statement)


@migrations()
def m041_names_shown(db: Database) -> None:
    """Keep the name of a person who shows it, as Slack has it; NULL for everybody else."""
    db.execute("ALTER TABLE people ADD COLUMN name TEXT")


_ERASURES = (
    """
    CREATE TABLE erasures (               -- people whose data was erased, while Slack may tell of it once more
        team TEXT NOT NULL,
        fingerprint TEXT NOT NULL,        -- of their ID, made with the salt
        at TEXT NOT NULL,                 -- what they did until then is not kept again
        person TEXT,                      -- their ID, until all is erased
        direct_messages TEXT NOT NULL,    -- JSON array of channel IDs, until all is erased
        counts TEXT NOT NULL,             -- JSON object: how much there was of each kind, until they are told
        PRIMARY KEY (team, fingerprint)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX erasures_under_way ON erasures(team) WHERE person IS NOT NULL",
    """
    CREATE TABLE erasure_salts (          -- what makes the fingerprints of a workspace unlike those of any other
        team TEXT PRIMARY KEY,
        salt TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # The log stays append-only, but for who did something.
    "DROP TRIGGER changes_are_never_rewritten",
    """
    CREATE TRIGGER changes_are_never_rewritten BEFORE UPDATE OF id, team, user, at, setting, old, new ON changes
    WHEN new.id <> old.id OR new.team <> old.team OR new.user IS NOT NULL OR new.at <> old.at
        OR new.setting <> old.setting OR new.old IS NOT old.old OR new.new IS NOT old.new
    BEGIN SELECT RAISE(ABORT, 'the change log is append-only'); END
    """,
)


@migrations()
def m042_erasures(db: Database) -> None:
    """People can have their data erased, and what Slack brings late does not bring it back."""
    for statement in _ERASURES:
        db.execute(statement)


@migrations()
def m043_told_reactions(db: Database) -> None:
    """Remember the first reactions of each person whose effects they were told: three of each at most."""
    db.execute(
        "CREATE TABLE told_reactions (team TEXT NOT NULL, user TEXT NOT NULL, event_ts TEXT NOT NULL,"
        " PRIMARY KEY (team, user, event_ts)) STRICT, WITHOUT ROWID"
    )


_TEAM_PEOPLE = (
    "CREATE INDEX people_named ON people(team, name) WHERE name IS NOT NULL",
    "CREATE INDEX people_external ON people(team) WHERE is_external = 1",
    "CREATE INDEX link_previews_of_channel ON link_previews(team, channel, at)",
)


@migrations()
def m044_team_people(db: Database) -> None:
    """Find the few people whose names are shown, those of other organizations, and a channel's latest previews."""
    for statement in _TEAM_PEOPLE:
        db.execute(statement)


@migrations()
def m045_saved_papers_by_state(db: Database) -> None:
    """Find what is to read, the oldest first; count a list by state without reading what its entries hold."""
    db.execute(
        "CREATE INDEX saved_papers_by_state ON saved_papers(team, user, (CASE state WHEN 'to_read' THEN 0"
        " WHEN 'reading' THEN 1 WHEN 'done' THEN 2 ELSE 3 END), saved_at, paper, state, listed) WHERE listed = 1"
    )


_LEASES = (
    """
    CREATE TABLE leases (                 -- rights to work on something alone, of processes that share a database
        name TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        lease_until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE replicas (               -- the processes that share this database
        name TEXT PRIMARY KEY,
        alive_until TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def m046_leases(db: Database) -> None:
    """Replicas share the work of a database by leases."""
    for statement in _LEASES:
        db.execute(statement)


_CONTACTS = (
    """
    CREATE TABLE slack_contacts (
        team TEXT PRIMARY KEY,            -- empty: all workspaces in which the app is installed
        last_seen_at TEXT NOT NULL,
        last_request_at TEXT,
        silent_since TEXT,
        resumed_at TEXT,
        looked_into_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    "INSERT INTO slack_contacts (team, last_seen_at) SELECT team, last_seen_at FROM outages",
    "DELETE FROM outages WHERE outage_until IS NULL",
    "ALTER TABLE outages DROP COLUMN last_seen_at",
    "CREATE INDEX open_requests_due ON open_requests(lease_until)",
)


@migrations()
def m047_contacts(db: Database) -> None:
    """Contact with Slack is noted once for all workspaces; an outage is a row of each until it is reconciled."""
    for statement in _CONTACTS:
        db.execute(statement)


_INSTALLATIONS = (
    """
    CREATE TABLE installations (          -- of the app, where it was installed by OAuth
        team TEXT PRIMARY KEY,            -- the workspace, or the organization where installed for the whole of it
        name TEXT NOT NULL,
        bot_user TEXT NOT NULL,
        bot TEXT,
        enterprise TEXT,
        is_organization INTEGER NOT NULL,
        app TEXT,
        url TEXT NOT NULL,
        scopes TEXT NOT NULL,             -- separated by blanks
        installed_at TEXT NOT NULL,       -- by Slack's clock
        credentials TEXT NOT NULL,        -- the token, and what the next one is exchanged for, encrypted
        expires_at TEXT,                  -- when the token does; NULL where it never does
        generation INTEGER NOT NULL       -- how often the credentials were replaced
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE used_oauth_states (      -- each of them is good for one installation
        state TEXT PRIMARY KEY,
        expires_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE installers (             -- who installed the app in a workspace; the latest operates it
        team TEXT NOT NULL,
        user TEXT NOT NULL,
        at TEXT NOT NULL,                 -- the last time
        PRIMARY KEY (team, user)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def m048_installations(db: Database) -> None:
    """Keep the installations of an app that many workspaces install, and who installed it."""
    for statement in _INSTALLATIONS:
        db.execute(statement)


_LIMITS = (
    """
    CREATE TABLE rate_limits (            -- what was sent to Slack of late, where several processes send
        team TEXT NOT NULL,
        method TEXT NOT NULL,
        version TEXT NOT NULL,            -- changes whenever the requests do
        requests TEXT NOT NULL,           -- JSON array: pieces of time, channels, pause, lowered rate, and since when
        counts_until TEXT NOT NULL,       -- when nothing of it matters any more
        PRIMARY KEY (team, method)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE token_reservations (     -- tokens of language models set aside for requests under way
        id TEXT PRIMARY KEY,
        team TEXT NOT NULL,               -- empty where a command of the operator's asks
        user TEXT,                        -- NULL where nobody asked, or whoever did had their data erased
        day TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        expires_at TEXT NOT NULL          -- when whoever set them aside must be gone
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX token_reservations_by_day ON token_reservations(day, team)",
)


@migrations()
def m049_limits(db: Database) -> None:
    """Slack's limits and the budget of language models are kept by any number of processes together."""
    for statement in _LIMITS:
        db.execute(statement)


@migrations()
def m050_shared_messages(db: Database) -> None:
    """Show the links of a message in a channel that workspaces share once, whichever of them is told first."""
    db.execute(
        "CREATE TABLE shared_messages (channel TEXT NOT NULL, message_ts TEXT NOT NULL, team TEXT NOT NULL,"
        " at TEXT NOT NULL, PRIMARY KEY (channel, message_ts)) STRICT, WITHOUT ROWID"
    )
    db.execute("CREATE INDEX shared_messages_by_time ON shared_messages(at)")


_GIVEN_UP_TOLD = (
    "ALTER TABLE teams ADD COLUMN given_up_told_at TEXT NOT NULL DEFAULT ''",
    "UPDATE teams SET given_up_told_at = coalesce((SELECT max(last_at) FROM summary_tries WHERE reported = 1), '')",
    "ALTER TABLE summary_tries ADD COLUMN given_up_at TEXT",
    "UPDATE summary_tries SET given_up_at = last_at WHERE given_up = 1",
    "DROP INDEX summary_tries_unreported",
    "ALTER TABLE summary_tries DROP COLUMN reported",
)


@migrations()
def m051_given_up_told(db: Database) -> None:
    """Each workspace's operator is told of summaries that were given up, and not only the first of them."""
    for statement in _GIVEN_UP_TOLD:
        db.execute(statement)
