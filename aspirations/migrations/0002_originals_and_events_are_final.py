"""PostgreSQL itself refuses to change an author's words or an event."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_original_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an aspiration is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.code, NEW.kind, NEW.quote, NEW.body, NEW.suggested_wording, NEW.rationale,
        NEW.stakeholder_group, NEW.chapter_id, NEW.region_id,
        NEW.original_sha256, NEW.submission_key, NEW.submitted_at, NEW.consultation_id)
       IS DISTINCT FROM
       (OLD.code, OLD.kind, OLD.quote, OLD.body, OLD.suggested_wording, OLD.rationale,
        OLD.stakeholder_group, OLD.chapter_id, OLD.region_id,
        OLD.original_sha256, OLD.submission_key, OLD.submitted_at, OLD.consultation_id)
    THEN
        RAISE EXCEPTION 'the original of an aspiration is final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER original_is_final BEFORE UPDATE OR DELETE ON aspirations_aspiration
    FOR EACH ROW EXECUTE FUNCTION refuse_original_change();

CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - '{handled_at,retry_at,deliveries,delivery_failure}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{handled_at,retry_at,deliveries,delivery_failure}'::text[]
    THEN
        RAISE EXCEPTION 'an event is final' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_is_final BEFORE UPDATE OR DELETE ON aspirations_event
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
"""
BACKWARD = """
DROP TRIGGER event_is_final ON aspirations_event;
DROP FUNCTION refuse_event_change();
DROP TRIGGER original_is_final ON aspirations_aspiration;
DROP FUNCTION refuse_original_change();
"""


class Migration(migrations.Migration):
    dependencies = [("aspirations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
