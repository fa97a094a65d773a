import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finding the next lane costs the same with ten and with ten thousand connections: `connection_wake` says which connections
 * have lanes that wake, and when. Triggers keep it, so that no statement that makes lanes due can forget to.
 */
export class FindLanes1795510800000 implements MigrationInterface {
  name = 'FindLanes1795510800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of up) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of down) await runner.query(sql);
  }
}

const up = [
  // At or after `wake_at` a lane of that class may wake: never later than the lane does, possibly earlier, and possibly in
  // vain. Several rows may say the same. Rows are only inserted and deleted, never updated, so nobody waits for a row here.
  `CREATE TABLE connection_wake (
    connection_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    class smallint NOT NULL,
    wake_at timestamptz NOT NULL)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)`,
  // What is due changes faster than statistics are gathered. A plan that is made for what was due an hour ago takes ten
  // times as long.
  `ALTER TABLE connection_wake ALTER COLUMN class SET STATISTICS 0, ALTER COLUMN wake_at SET STATISTICS 0`,
  'CREATE INDEX connection_wake_in_time ON connection_wake (class, wake_at)',
  'CREATE INDEX connection_wake_by_connection ON connection_wake (connection_id, class)',
  // Whose turn it was last, of organisations and of connections.
  'CREATE TABLE turn (id uuid PRIMARY KEY, served_at timestamptz NOT NULL) WITH (fillfactor = 50)',
  // When the next request may be made because somebody waits: such requests have a share of the budget.
  'CREATE TABLE looks_share (only_one boolean PRIMARY KEY CHECK (only_one), next_at timestamptz NOT NULL)',
  "INSERT INTO looks_share VALUES (true, '-infinity')",
  // A row that is there already need not be there twice. The lock, which others may hold at the same time, keeps it from
  // being deleted before the lane is visible to whoever deletes it. Dispatchers are told of what is new.
  `CREATE FUNCTION note_wakes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      woken record;
    BEGIN
      FOR woken IN
        SELECT connection_id, class, min(wake_at) AS wake_at FROM changed WHERE wake_at IS NOT NULL
         GROUP BY connection_id, class ORDER BY connection_id, class
      LOOP
        PERFORM 1 FROM connection_wake w
          WHERE w.connection_id = woken.connection_id AND w.class = woken.class
            AND w.wake_at <= greatest(woken.wake_at, clock_timestamp())
          LIMIT 1 FOR KEY SHARE SKIP LOCKED;
        IF NOT FOUND THEN
          INSERT INTO connection_wake (connection_id, organization_id, class, wake_at)
          SELECT c.connection_id, c.organization_id, woken.class, woken.wake_at
            FROM connection c WHERE c.connection_id = woken.connection_id;
          PERFORM pg_notify('lanes', '');
        END IF;
      END LOOP;
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER note_wakes_of_new AFTER INSERT ON lane
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_wakes()`,
  `CREATE TRIGGER note_wakes_of_changed AFTER UPDATE ON lane
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_wakes()`,
  // Lanes that became due while the connection was not active have their turn.
  `CREATE FUNCTION note_activation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO connection_wake (connection_id, organization_id, class, wake_at)
      SELECT NEW.connection_id, NEW.organization_id, n.class, w.wake_at
        FROM generate_series(0, 4) AS n (class)
       CROSS JOIN LATERAL (SELECT min(l.wake_at) AS wake_at FROM lane l
                            WHERE l.connection_id = NEW.connection_id AND l.class = n.class) w
       WHERE w.wake_at IS NOT NULL;
      PERFORM pg_notify('lanes', '');
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER note_activation AFTER UPDATE OF state ON connection
    FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.state <> 'active') EXECUTE FUNCTION note_activation()`,
  // Replaces what is noted of connections by what is true. What is noted by a transaction that has not ended stays, and so
  // does everything of a connection that is being changed. Each statement has a snapshot of its own: lanes are looked at
  // after the rows that stand for them are gone.
  `CREATE FUNCTION settle_wakes(connections uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      held uuid[];
      planned timestamptz;
    BEGIN
      held := ARRAY(SELECT c.connection_id FROM connection c WHERE c.connection_id = ANY (connections)
                       FOR SHARE SKIP LOCKED);
      SELECT min(n.wake_at) INTO planned
        FROM generate_series(0, 4) AS k (class)
       CROSS JOIN LATERAL (SELECT min(w.wake_at) AS wake_at FROM connection_wake w
                            WHERE w.class = k.class AND w.wake_at > clock_timestamp()) n;
      DELETE FROM connection_wake d
        WHERE d.ctid = ANY (ARRAY(SELECT w.ctid FROM connection_wake w WHERE w.connection_id = ANY (held)
                                     FOR UPDATE SKIP LOCKED));
      WITH noted AS (
        INSERT INTO connection_wake (connection_id, organization_id, class, wake_at)
        SELECT c.connection_id, c.organization_id, n.class, w.wake_at
          FROM connection c
         CROSS JOIN generate_series(0, 4) AS n (class)
         CROSS JOIN LATERAL (SELECT min(l.wake_at) AS wake_at FROM lane l
                              WHERE l.connection_id = c.connection_id AND l.class = n.class) w
         WHERE c.connection_id = ANY (held) AND c.state = 'active' AND w.wake_at IS NOT NULL
        RETURNING wake_at
      )
      -- Whoever sleeps until what was planned first must not sleep beyond what is planned now: this process may end before.
      SELECT min(n.wake_at) INTO planned
        FROM noted n WHERE n.wake_at > clock_timestamp() AND n.wake_at < coalesce(planned, 'infinity');
      IF planned IS NOT NULL THEN
        PERFORM pg_notify('lanes', '');
      END IF;
    END $$`,
  `INSERT INTO connection_wake (connection_id, organization_id, class, wake_at)
   SELECT connection_id, c.organization_id, l.class, min(l.wake_at)
     FROM lane l JOIN connection c USING (connection_id)
    WHERE l.wake_at IS NOT NULL AND c.state = 'active' GROUP BY connection_id, c.organization_id, l.class`,
  'INSERT INTO turn (id, served_at) SELECT connection_id, served_at FROM connection WHERE isfinite(served_at)',
  'ALTER TABLE connection DROP COLUMN served_at',
];

const down = [
  "ALTER TABLE connection ADD COLUMN served_at timestamptz NOT NULL DEFAULT '-infinity'",
  'UPDATE connection c SET served_at = t.served_at FROM turn t WHERE t.id = c.connection_id',
  'DROP FUNCTION settle_wakes(uuid[])',
  'DROP TRIGGER note_activation ON connection',
  'DROP FUNCTION note_activation()',
  'DROP TRIGGER note_wakes_of_changed ON lane',
  'DROP TRIGGER note_wakes_of_new ON lane',
  'DROP FUNCTION note_wakes()',
  'DROP TABLE looks_share',
  'DROP TABLE turn',
  'DROP TABLE connection_wake',
];
