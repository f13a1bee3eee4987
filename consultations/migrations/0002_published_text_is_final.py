"""PostgreSQL itself refuses to change published text, what was recorded, and what was sealed."""

from django.db import migrations

from accounts.finality import final, kept
from consultations.changing import seen, seen_everywhere
from consultations.recording import recorded

FORWARD = """
CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO consultations_unsealed (consultation_id, kind, row)
    VALUES (NEW.consultation_id, TG_ARGV[0], NEW.id)
    ON CONFLICT (consultation_id, kind, row) DO UPDATE SET at = statement_timestamp();
    RETURN NULL;
END $$;

CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        INSERT INTO consultations_change (consultation_id, part)
        VALUES (NEW.consultation_id, TG_ARGV[0]);
    ELSE
        INSERT INTO consultations_change (part) VALUES (TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_published_block_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM consultations_chaptertext
        WHERE published_at IS NOT NULL
          AND (TG_OP <> 'INSERT' AND id = OLD.chapter_text_id OR TG_OP <> 'DELETE' AND id = NEW.chapter_text_id)
    ) THEN
        RAISE EXCEPTION 'published text is final' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_block_is_final
    BEFORE INSERT OR UPDATE OR DELETE ON consultations_blocktext
    FOR EACH ROW EXECUTE FUNCTION refuse_published_block_change();

CREATE FUNCTION refuse_published_chapter_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'published text is final' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_chapter_is_final BEFORE UPDATE OR DELETE ON consultations_chaptertext
    FOR EACH ROW EXECUTE FUNCTION refuse_published_chapter_change();
"""
BACKWARD = """
DROP FUNCTION note_unsealed();
DROP FUNCTION note_change();
DROP TRIGGER published_chapter_is_final ON consultations_chaptertext;
DROP FUNCTION refuse_published_chapter_change();
DROP TRIGGER published_block_is_final ON consultations_blocktext;
DROP FUNCTION refuse_published_block_change();
"""


# What is done to a text before its chapter is public, and what papers and backups leave behind.
UNSEEN = "text_added,text_changed,text_moved,text_removed,text_restored,frozen"
# What public pages show besides texts and voices.
SEEN = (
    "consultations_consultation",
    "consultations_plancycle",
    "consultations_forumsession",
    "consultations_region",
    "consultations_affairfield",
    "consultations_priority",
    "accounts_agency",
)


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0001_initial"),
        ("accounts", "0003_account_events_are_final"),
    ]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        kept("consultations_blocktext", "published text"),
        kept("consultations_chaptertext", "published text"),
        final("consultations_planevent", "an event of the plan"),
        recorded("consultations_planevent", "plan"),
        seen("consultations_planevent", "plan", but=UNSEEN),
        *(seen_everywhere(table, "plan") for table in SEEN),
        seen_everywhere("accounts_user", "voices", columns="name"),
        final("consultations_leaf", "a leaf of the log"),
        final("consultations_tile", "a tile of the log"),
        final("consultations_seal", "a seal"),
        final("consultations_recordcheck", "a check of the record"),
        kept("consultations_unsealed", "what waits to be sealed"),
    ]
