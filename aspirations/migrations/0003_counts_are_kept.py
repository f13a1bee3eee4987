"""PostgreSQL itself notes every change of what is counted, so that no verb can forget it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION note_new_counts() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO aspirations_countchange (consultation_id, chapter_id, block_id, regency_id, kind,
        stakeholder_group, channel, affair_field_id, from_agency, changes_text, moderation, disposition, shown,
        answered, n)
    SELECT a.consultation_id, a.chapter_id, a.block_id, a.regency_id, a.kind,
        a.stakeholder_group, a.channel, a.affair_field_id, a.agency_id IS NOT NULL, a.changes_text, a.moderation,
        a.disposition, a.moderation = 'accepted' AND a.consent_publish,
        a.disposition <> 'pending' OR coalesce(other.disposition <> 'pending', false), 1
    FROM new_rows a LEFT JOIN aspirations_aspiration other ON other.id = a.merged_into_id;
    RETURN NULL;
END $$;
CREATE TRIGGER new_aspirations_are_counted AFTER INSERT ON aspirations_aspiration
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_new_counts();

-- What is joined to an aspiration is answered with it, so it changes too when that one is answered.
-- EXECUTE plans anew for the one row of a verb or the thousands of a bulk act.
CREATE FUNCTION note_changed_counts() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    note text := $note$
    WITH changed AS (
        SELECT o.id, o.disposition AS was, n.disposition AS is_now
        FROM old_rows o JOIN new_rows n ON n.id = o.id
        WHERE (o.moderation, o.disposition, o.merged_into_id, o.changes_text, o.consent_publish)
              IS DISTINCT FROM
              (n.moderation, n.disposition, n.merged_into_id, n.changes_text, n.consent_publish)
    ), moved AS (
        SELECT a.*, coalesce(together.was, other.disposition) AS others, -1 AS n
        FROM old_rows a JOIN changed ON changed.id = a.id
        LEFT JOIN changed together ON together.id = a.merged_into_id
        LEFT JOIN aspirations_aspiration other ON other.id = a.merged_into_id
        UNION ALL
        SELECT a.*, other.disposition, 1 FROM new_rows a JOIN changed ON changed.id = a.id
        LEFT JOIN aspirations_aspiration other ON other.id = a.merged_into_id
        UNION ALL
        SELECT a.*, which.disposition, which.n
        FROM changed JOIN aspirations_aspiration a ON a.merged_into_id = changed.id
        CROSS JOIN LATERAL (VALUES (was, -1), (is_now, 1)) AS which(disposition, n)
        WHERE (was = 'pending') <> (is_now = 'pending')
          AND a.id NOT IN (SELECT id FROM changed)
    )
    INSERT INTO aspirations_countchange (consultation_id, chapter_id, block_id, regency_id, kind,
        stakeholder_group, channel, affair_field_id, from_agency, changes_text, moderation, disposition, shown,
        answered, n)
    SELECT consultation_id, chapter_id, block_id, regency_id, kind,
        stakeholder_group, channel, affair_field_id, agency_id IS NOT NULL, changes_text, moderation,
        disposition, moderation = 'accepted' AND consent_publish,
        disposition <> 'pending' OR coalesce(others <> 'pending', false), n
    FROM moved
    $note$;
BEGIN
    EXECUTE note;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_aspirations_are_counted AFTER UPDATE ON aspirations_aspiration
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_counts();
"""
BACKWARD = """
DROP TRIGGER changed_aspirations_are_counted ON aspirations_aspiration;
DROP TRIGGER new_aspirations_are_counted ON aspirations_aspiration;
DROP FUNCTION note_changed_counts();
DROP FUNCTION note_new_counts();
"""


class Migration(migrations.Migration):
    dependencies = [("aspirations", "0002_originals_and_events_are_final")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
