"""PostgreSQL itself refuses to change what was recorded: a frozen row, an event, a ready report."""

from django.db import migrations

from accounts.finality import final, kept
from consultations.changing import seen
from consultations.recording import recorded

# A ready report may still be released; every other column is final then, new ones too. Of a frozen
# row only who said it can be taken away, when its author is erased.
RELEASE = "released_at,released_by_id"
FORWARD = f"""
CREATE FUNCTION refuse_snapshot_row_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND to_jsonb(NEW) - 'data' IS NOT DISTINCT FROM to_jsonb(OLD) - 'data'
       AND NEW.data = OLD.data || '{{"author": "", "author_full": ""}}'::jsonb
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a row of a snapshot is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER snapshot_row_is_final BEFORE UPDATE OR DELETE ON reports_snapshotrow
    FOR EACH ROW EXECUTE FUNCTION refuse_snapshot_row_change();

CREATE FUNCTION refuse_late_row() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM reports_snapshot WHERE id = NEW.snapshot_id AND taken_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'a snapshot that was taken is final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER snapshot_takes_no_more BEFORE INSERT ON reports_snapshotrow
    FOR EACH ROW EXECUTE FUNCTION refuse_late_row();

CREATE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a report is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state = 'ready' AND (
        OLD.released_at IS NOT NULL
        OR to_jsonb(NEW) - '{{{RELEASE}}}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{{{RELEASE}}}'::text[]
    ) THEN
        RAISE EXCEPTION 'a ready report is final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_is_final BEFORE UPDATE OR DELETE ON reports_report
    FOR EACH ROW EXECUTE FUNCTION refuse_report_change();
"""
BACKWARD = """
DROP TRIGGER report_is_final ON reports_report;
DROP FUNCTION refuse_report_change();
DROP TRIGGER snapshot_takes_no_more ON reports_snapshotrow;
DROP FUNCTION refuse_late_row();
DROP TRIGGER snapshot_row_is_final ON reports_snapshotrow;
DROP FUNCTION refuse_snapshot_row_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_initial"),
        ("consultations", "0002_published_text_is_final"),
    ]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        kept("reports_report", "a report"),
        kept("reports_snapshotrow", "a row of a snapshot"),
        final(
            "reports_snapshot", "a snapshot that was taken", when="OLD.taken_at IS NOT NULL"
        ),
        final("reports_reportevent", "an event of a report"),
        recorded("reports_reportevent", "report"),
        seen(
            "reports_reportevent",
            "plan",
            but="requested,claimed,advanced,ready,failed,retried",
        ),
    ]
