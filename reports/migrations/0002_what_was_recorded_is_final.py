"""PostgreSQL itself refuses to change what was recorded: a frozen row, an event, a ready report."""

from django.db import migrations

# A ready report may still be released; every other column is final then, new ones too.
RELEASE = "released_at,released_by_id"

FORWARD = f"""
CREATE FUNCTION refuse_snapshot_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of a snapshot is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER snapshot_row_is_final BEFORE UPDATE OR DELETE ON reports_snapshotrow
    FOR EACH ROW EXECUTE FUNCTION refuse_snapshot_row_change();

CREATE FUNCTION refuse_snapshot_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a snapshot that was taken is final'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER snapshot_is_final BEFORE UPDATE OR DELETE ON reports_snapshot
    FOR EACH ROW WHEN (OLD.taken_at IS NOT NULL) EXECUTE FUNCTION refuse_snapshot_change();

CREATE FUNCTION refuse_report_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event of a report is final'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER report_event_is_final BEFORE UPDATE OR DELETE ON reports_reportevent
    FOR EACH ROW EXECUTE FUNCTION refuse_report_event_change();

CREATE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER report_event_is_final ON reports_reportevent;
DROP FUNCTION refuse_report_event_change();
DROP TRIGGER snapshot_is_final ON reports_snapshot;
DROP FUNCTION refuse_snapshot_change();
DROP TRIGGER snapshot_row_is_final ON reports_snapshotrow;
DROP FUNCTION refuse_snapshot_row_change();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
