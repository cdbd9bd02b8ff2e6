-- Run once by the image of PostgreSQL, when the ledger's volume is empty: a database of its own, and a role that owns
-- it and is no superuser. The hub signs in by that role alone.
\set password `cat /run/secrets/ledger_password`
create role ledger login password :'password' connection limit 20;
create database ledger owner ledger;
revoke connect, temporary on database ledger from public;
