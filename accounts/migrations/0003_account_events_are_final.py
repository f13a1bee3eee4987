"""The function with which PostgreSQL refuses changes, and the first table that has it."""

from django.db import migrations

from accounts.finality import final

# A generated column is not there yet when the trigger looks, so it stands among `but` as well.
FORWARD = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_ARGV[1] <> ''
       AND to_jsonb(NEW) - string_to_array(TG_ARGV[1], ',')
           IS NOT DISTINCT FROM to_jsonb(OLD) - string_to_array(TG_ARGV[1], ',')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is final', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
BACKWARD = "DROP FUNCTION refuse_change();"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rate_limits")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        final("accounts_userevent", "an event of an account"),
    ]
