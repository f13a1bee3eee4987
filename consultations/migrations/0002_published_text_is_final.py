"""PostgreSQL itself refuses to change or delete published text, or what was recorded of it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_plan_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER plan_event_is_final BEFORE UPDATE OR DELETE ON consultations_planevent
    FOR EACH ROW EXECUTE FUNCTION refuse_plan_event_change();

CREATE FUNCTION refuse_published_block_change() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION refuse_published_chapter_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER plan_event_is_final ON consultations_planevent;
DROP FUNCTION refuse_plan_event_change();
DROP TRIGGER published_chapter_is_final ON consultations_chaptertext;
DROP FUNCTION refuse_published_chapter_change();
DROP TRIGGER published_block_is_final ON consultations_blocktext;
DROP FUNCTION refuse_published_block_change();
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
