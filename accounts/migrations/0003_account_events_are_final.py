"""PostgreSQL itself refuses to change what was recorded of an account."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refuse_user_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is final' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER user_event_is_final BEFORE UPDATE OR DELETE ON accounts_userevent
    FOR EACH ROW EXECUTE FUNCTION refuse_user_event_change();
"""
BACKWARD = """
DROP TRIGGER user_event_is_final ON accounts_userevent;
DROP FUNCTION refuse_user_event_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rate_limits")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
