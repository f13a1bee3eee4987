"""PostgreSQL itself refuses to change an author's words, a receipt, a response or an event."""

from django.db import migrations

from accounts.finality import final, kept
from consultations.changing import seen, seen_everywhere
from consultations.recording import recorded

# What may change after an aspiration has come in; every other column is final, new ones too.
LIVES = (
    "supplement,moderation,moderation_reason,merged_into_id,disposition,changes_text,assignee_id,"
    "search_vector"
)
# An author may be erased, whole and once. Nothing else about them ever changes.
ERASED = "account_id,display_name,organisation,position,contact_email,contact_phone,salt"
# What changes no more for readers than a figure does.
UNSEEN = "submitted,review_started,returned,completed,noted"
FORWARD = f"""
CREATE FUNCTION refuse_author_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    may_change text[] := '{{{ERASED},erased_at,search_vector}}';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
       AND NEW.account_id IS NULL AND (NEW.display_name || NEW.organisation || NEW.position
           || NEW.contact_email || NEW.contact_phone || NEW.salt) = ''
       AND to_jsonb(NEW) - may_change IS NOT DISTINCT FROM to_jsonb(OLD) - may_change
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an author is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER author_is_final BEFORE UPDATE OR DELETE ON aspirations_author
    FOR EACH ROW EXECUTE FUNCTION refuse_author_change();
"""
BACKWARD = """
DROP TRIGGER author_is_final ON aspirations_author;
DROP FUNCTION refuse_author_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("aspirations", "0001_initial"),
        ("consultations", "0002_published_text_is_final"),
    ]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        kept("aspirations_author", "an author"),
        final("aspirations_aspiration", "the original of an aspiration", but=LIVES),
        final("aspirations_receipt", "a receipt"),
        final("aspirations_response", "a response", but="superseded_at"),
        final("aspirations_event", "an event"),
        recorded("aspirations_event", "aspiration"),
        seen("aspirations_event", "voices", but=UNSEEN),
        seen_everywhere("aspirations_tag", "voices", columns="name"),
        kept("aspirations_delivery", "a delivery"),
    ]
