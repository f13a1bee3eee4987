"""PostgreSQL itself refuses to change an author's words, a receipt, a response or an event."""

from django.db import migrations

# What may change after an aspiration has come in; every other column is final, new ones too.
# (A generated column is not there yet when the trigger looks.)
LIVES = (
    "supplement,moderation,moderation_reason,merged_into_id,disposition,assignee_id,search_vector"
)
DELIVERY = "handled_at,retry_at,deliveries,delivery_failure"

FORWARD = f"""
CREATE FUNCTION refuse_original_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an aspiration is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF to_jsonb(NEW) - '{{{LIVES}}}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{{{LIVES}}}'::text[]
    THEN
        RAISE EXCEPTION 'the original of an aspiration is final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER original_is_final BEFORE UPDATE OR DELETE ON aspirations_aspiration
    FOR EACH ROW EXECUTE FUNCTION refuse_original_change();

CREATE FUNCTION refuse_receipt_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a receipt is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER receipt_is_final BEFORE UPDATE OR DELETE ON aspirations_receipt
    FOR EACH ROW EXECUTE FUNCTION refuse_receipt_change();

CREATE FUNCTION refuse_response_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - 'superseded_at' IS DISTINCT FROM to_jsonb(OLD) - 'superseded_at'
    THEN
        RAISE EXCEPTION 'a response is final' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER response_is_final BEFORE UPDATE OR DELETE ON aspirations_response
    FOR EACH ROW EXECUTE FUNCTION refuse_response_change();

CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - '{{{DELIVERY}}}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{{{DELIVERY}}}'::text[]
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
DROP TRIGGER response_is_final ON aspirations_response;
DROP FUNCTION refuse_response_change();
DROP TRIGGER receipt_is_final ON aspirations_receipt;
DROP FUNCTION refuse_receipt_change();
DROP TRIGGER original_is_final ON aspirations_aspiration;
DROP FUNCTION refuse_original_change();
"""


class Migration(migrations.Migration):
    dependencies = [("aspirations", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
