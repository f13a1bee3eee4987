-- The two roles of the portal's database, made once by a superuser in that database. One command a line.
-- rkpd_owner owns everything and runs migrations. rkpd is what web, workers and beat run as: it owns nothing,
-- so it can neither truncate a table nor alter one, nor switch off the triggers that keep the record.
\getenv owner_password OWNER_DATABASE_PASSWORD
\getenv password DATABASE_PASSWORD
CREATE ROLE rkpd_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE rkpd LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
ALTER DATABASE :"DBNAME" OWNER TO rkpd_owner;
ALTER SCHEMA public OWNER TO rkpd_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO rkpd;
ALTER DEFAULT PRIVILEGES FOR ROLE rkpd_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO rkpd;
ALTER DEFAULT PRIVILEGES FOR ROLE rkpd_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rkpd;
