-- Idem and Temporal each get a role and databases of their own, and neither can connect to the other's.
-- PostgreSQL's image runs this once, as the superuser, when its volume is new.
\set idem_password `cat /run/secrets/idem_password`
\set temporal_password `cat /run/secrets/temporal_password`

create role idem login password :'idem_password';
create role temporal login password :'temporal_password';

create database idem owner idem;
create database temporal owner temporal;
create database temporal_visibility owner temporal;

revoke all on database postgres, idem, temporal, temporal_visibility from public;
