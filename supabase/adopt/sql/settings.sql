-- Before each script, since a chapter leaves the session as it was at login: no name is found by
-- chance, times without a zone are UTC, and nobody is kept waiting behind a lock that we wait for.

set local search_path = '';
set local timezone = 'UTC';
set local lock_timeout = '10s';
set local statement_timeout = 0;
set local check_function_bodies = off;
